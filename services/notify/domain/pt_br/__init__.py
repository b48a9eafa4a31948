"""Every word that a customer or the team reads in Brazilian Portuguese."""

from services.notify.domain.pt_br.contracts import CONTRACTS
from services.notify.domain.pt_br.digests import DIGESTS
from services.notify.domain.pt_br.hours import HOURS
from services.notify.domain.pt_br.invoices import INVOICES
from services.notify.domain.pt_br.team import TEAM
from services.notify.domain.pt_br.tickets import TICKETS
from services.notify.domain.pt_br.waiting import WAITING
from services.notify.domain.words import Language, Locale

PT_BR = Language(
    locale=Locale.PT_BR,
    cldr="pt_BR",
    moment="dd/MM/y 'às' HH:mm",
    day="dd/MM/y",
    month="MMMM 'de' y",
    zones={
        "America/Sao_Paulo": "horário de Brasília",
        "America/Manaus": "horário de Manaus",
        "America/Cuiaba": "horário de Cuiabá",
        "America/Rio_Branco": "horário do Acre",
        "America/Noronha": "horário de Fernando de Noronha",
    },
    terms={
        "ticket": "chamado",
        "metric.attendance": "atendimento",
        "metric.delivery": "entrega",
        "priority.low": "baixa",
        "priority.medium": "média",
        "priority.high": "alta",
        "priority.critical": "crítica",
        "meeting.no_solution_holistic": "nenhuma solução encontrada: é preciso uma visão do todo",
        "meeting.choice_needed": "há várias soluções possíveis: a escolha é sua",
        "impediment.missing_access": "acesso que ainda não recebemos",
        "impediment.unsupported_hosting": "hospedagem que não atendemos",
        "box.n1": "atendimento no primeiro nível",
        "box.remote": "sessão remota",
    },
    rows={
        "letter": "- {written_at}: {subject}\n  {page}",
        "lot": "- do lote de {effective_date}: {minutes}",
        "line": "- {description}: {amount}",
        "correction": "- a um novo lote, válido até {last_day}: {minutes}",
    },
    opening=("Olá, {name}!",),
    closing=(
        "{about_state}Situação em {said_at}. A situação atual está sempre em:\n{link}",
        "{owed}Esta mensagem não pode ser desativada: ela trata de uma aprovação, de uma cobrança ou do contrato.",
        "{on_ticket}{provider}\nMensagem automática: para responder, use o endereço acima.",
        "{off_ticket}{provider}",
    ),
    wordings=CONTRACTS | DIGESTS | HOURS | INVOICES | TEAM | TICKETS | WAITING,
)
