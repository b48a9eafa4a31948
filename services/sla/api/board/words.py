"""The words of the board, in Portuguese first and in English."""

from __future__ import annotations

from typing import Final

from services.sla.domain import Metric

WORDS: Final = {
    "title": ("Prazos", "Deadlines"),
    "lede": ("O que está prometido, pelo risco.", "What is promised, by risk."),
    "token": ("Cole o seu token", "Paste your token"),
    "hint": ("Fica só nesta aba, até ela fechar.", "It stays in this tab only, until it is closed."),
    "enter": ("Abrir o quadro", "Open the board"),
    "leave": ("Sair", "Sign out"),
    "other": ("English", "Português"),
    "script": ("O quadro precisa de JavaScript.", "The board needs JavaScript."),
    "live": ("ao vivo", "live"),
    "lost": ("reconectando…", "reconnecting…"),
    "refused": ("Este token não abre o quadro.", "This token does not open the board."),
    "crowded": ("Há quadros demais abertos; tentando de novo.", "Too many boards are open; trying again."),
    "breached": ("Vencidos e sem resposta", "Broken and unanswered"),
    "running": ("Correndo", "Running"),
    "paused": ("Parados", "Standing still"),
    "nothing": ("Nada aqui.", "Nothing here."),
    "cut": ("Há mais do que se mostra aqui.", "There is more than is shown here."),
    "late": ("vencido há {}", "{} late"),
    "left": ("faltam {}", "{} left"),
    "closed": ("faltam {}, fora do expediente", "{} left, out of hours"),
    "due": ("vence {}", "due {}"),
    "was_due": ("venceu {}", "was due {}"),
    "awaiting_customer": ("aguardando o cliente", "waiting for the customer"),
    "awaiting_approval": ("aguardando aprovação", "waiting for approval"),
    "blocked": ("impedimento", "blocked"),
    "scheduled": ("visita agendada", "a visit is scheduled"),
    "low": ("baixa", "low"),
    "medium": ("média", "medium"),
    "high": ("alta", "high"),
    "critical": ("crítica", "critical"),
    Metric.ATTENDANCE: ("Atendimento", "Attendance"),
    Metric.DELIVERY: ("Entrega", "Delivery"),
}


def say(word: str, locale: str) -> str:
    """A word of the board; what is none of the house's words is said as the provider spells it.

    >>> say("paused", "pt-BR"), say("paused", "en"), say("P1", "en")
    ('Parados', 'Standing still', 'P1')
    """
    return WORDS.get(word, (word, word))[1 if locale == "en" else 0]


def span(seconds: int) -> str:
    """A length as it stands beside a clock that runs: days and hours, or down to the second.

    >>> span(93_784), span(7_384), span(65), span(0)
    ('1 d 2 h 03 min', '2 h 03 min 04 s', '1 min 05 s', '0 s')
    """
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h {minutes:02d} min"
    if hours:
        return f"{hours} h {minutes:02d} min {rest:02d} s"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
