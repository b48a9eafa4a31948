"""What is said for the team, in Brazilian Portuguese."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_PLAN = "Contrato: plano {plan}"

TEAM = {
    Template.CUSTOMER_ANSWERED: Wording(
        subject="{tag}O cliente escreveu",
        paragraphs=("O cliente escreveu no {ticket} em {posted_at}.", _PLAN),
    ),
    Template.ESTIMATE_APPROVED: Wording(
        subject="{tag}O cliente aprovou {minutes}",
        paragraphs=(
            "A proposta {estimate_number} do {ticket}, de {minutes}, foi aprovada em {approved_at}.",
            "{by_package}Além do saldo: {minutes_over}, a {hour_price} por hora.",
            "{by_hour}A cobrar: {minutes_over}, a {hour_price} por hora.",
            _PLAN,
        ),
    ),
    Template.ESTIMATE_DECLINED: Wording(
        subject="{tag}O cliente recusou a proposta {estimate_number}",
        paragraphs=(
            "A proposta {estimate_number} do {ticket} foi recusada em {declined_at}.",
            "Motivo: {reason}",
            _PLAN,
        ),
    ),
    Template.ESTIMATE_EXPIRED: Wording(
        subject="{tag}A proposta {estimate_number} venceu sem resposta",
        paragraphs=("A proposta {estimate_number} do {ticket} venceu sem resposta em {expired_at}.", _PLAN),
    ),
    Template.SLA_WARNED: Wording(
        subject="{tag}Já se passaram {percent}% do prazo de {metric}",
        paragraphs=(
            "Já se passaram {percent}% do prazo de {metric} do {ticket}.",
            "O prazo vence em {due_at}.",
            _PLAN,
        ),
    ),
    Template.SLA_BREACHED: Wording(
        subject="{tag}Prazo de {metric} descumprido",
        paragraphs=(
            "O prazo de {metric} do {ticket} venceu em {due_at} sem ser cumprido.",
            "Prioridade: {priority}.",
            _PLAN,
        ),
    ),
    Template.MEETING_WANTED: Wording(
        subject="{tag}O cliente pede uma reunião: {minutes}",
        paragraphs=(
            "O cliente pede uma reunião sobre o {ticket}: {minutes}, com {professionals} da equipe.",
            "Motivo: {reason}.",
            "Tempo da equipe, ao todo: {minutes_in_all}.",
            _PLAN,
        ),
    ),
    Template.TICKET_REOPENED: Wording(
        subject="{tag}Pediram um ajuste",
        paragraphs=(
            "O {ticket} foi reaberto em {reopened_at}.",
            "{after_close}Ele já estava encerrado: começa uma nova rodada.",
            "Motivo: {reason}",
            _PLAN,
        ),
    ),
    Template.TICKET_ESCALATED: Wording(
        subject="{tag}O chamado subiu para o nível {to_level}",
        paragraphs=(
            "O {ticket} passou do nível {from_level} para o nível {to_level} em {escalated_at}.",
            "Motivo: {reason}",
            _PLAN,
        ),
    ),
    Template.HOLD_UNTOUCHED: Wording(
        subject="{tag}Horas reservadas e paradas: {minutes}",
        paragraphs=(
            "Há {days} dias {minutes} estão reservadas para o {ticket} sem que nada aconteça.",
            "Conclua, cancele ou refaça a proposta para liberá-las.",
            _PLAN,
        ),
    ),
    Template.TIMEBOX_REACHED: Wording(
        subject="{tag}Tempo esgotado: {box}, {limit}",
        paragraphs=(
            "O {ticket} chegou ao limite de {limit}: {box}.",
            "{escalated}Ele subiu de nível.",
            "{suggested}Vale passá-lo ao próximo nível.",
            _PLAN,
        ),
    ),
}
