"""What the service itself writes into tickets: Portuguese first, and English; the provider's locale chooses."""

from __future__ import annotations

from typing import Final

from services.ticketing.offer import Text

MERGED: Final = Text(
    pt_br="Este chamado foi unido ao chamado #{number}: acompanhe por lá.",
    en="This ticket was merged into ticket #{number}: follow it there.",
)
ABSORBED: Final = Text(
    pt_br="O chamado #{number} trata do mesmo pedido e foi unido a este.",
    en="Ticket #{number} is about the same request and was merged into this one.",
)
SPLIT: Final = Text(
    pt_br="Cada chamado trata de um pedido: o chamado #{number} foi aberto para o outro.",
    en="Each ticket is about one request: ticket #{number} was opened for the other one.",
)
CLOSE_REFUSED: Final = Text(
    pt_br="O silêncio não fechou este chamado: foram trabalhados {worked} minutos e aprovados {approved}."
    " Peça horas adicionais ou peça a um gestor que abone a diferença.",
    en="Silence did not close this ticket: {worked} minutes were worked and {approved} are approved."
    " Ask for additional hours, or ask a manager to write the difference off.",
)
TIMEBOX: Final = Text(
    pt_br="O tempo de {minutes} minutos ({box}) acabou: encaminhe o chamado ou agende uma visita.",
    en="The {minutes} minutes of {box} are used up: forward the ticket, or schedule a visit.",
)
VISIT: Final = Text(
    pt_br="Visita agendada: {starts} até {ends} ({timezone}).",
    en="Visit scheduled: {starts} until {ends} ({timezone}).",
)
VISIT_CANCELLED: Final = Text(pt_br="A visita de {starts} foi cancelada.", en="The visit of {starts} was cancelled.")
VISIT_MISSED: Final = Text(
    pt_br="A visita de {starts} não aconteceu: combine um novo horário.",
    en="The visit of {starts} did not take place: agree upon another time.",
)
MEETING: Final = Text(
    pt_br="Reunião solicitada: {minutes} minutos x {professionals} profissionais = {total} minutos do saldo de horas."
    " {reason}",
    en="Meeting requested: {minutes} minutes x {professionals} professionals = {total} minutes of the hours. {reason}",
)
QUOTE_EXPIRED: Final = Text(
    pt_br="A estimativa {number} não teve resposta até o fim da validade: nada é feito nem cobrado, e o chamado espera"
    " por você. Escreva aqui para seguirmos.",
    en="Estimate {number} had no answer while it was valid: nothing is done or charged, and the ticket waits for you."
    " Write here to go on.",
)
GIVEN_UP: Final = Text(
    pt_br="A estimativa {number} não teve resposta até o fim da validade: o chamado foi cancelado, nada é cobrado.",
    en="Estimate {number} had no answer while it was valid: the ticket was cancelled, nothing is charged.",
)
EMERGENCY: Final = Text(
    pt_br="Atendimento emergencial: o trabalho começou antes da aprovação, com até {minutes} minutos."
    " A estimativa segue para a sua aprovação.",
    en="Emergency: work has begun before its approval, with {minutes} minutes at most."
    " The estimate follows for your approval.",
)
STEPS_LATE: Final = Text(
    pt_br="A data planejada é {day}, e {steps} etapas da lista já deveriam estar prontas: a data está em risco.",
    en="The planned date is {day}, and {steps} steps of the checklist should be done by now: the date is at risk.",
)
MISSED: Final = Text(
    pt_br="Ocorrências anteriores que não abriram chamado: {missed}.",
    en="Earlier occurrences that opened no ticket: {missed}.",
)
RECEIVED: Final = Text(pt_br="Recebemos: chamado [#{number}].", en="Received: ticket [#{number}].")
ATTACHED: Final = Text(pt_br="Incluído no chamado [#{number}].", en="Added to ticket [#{number}].")
ENDED: Final = Text(
    pt_br="O chamado [#{number}] já foi encerrado: reabra-o ou abra outro.",
    en="Ticket [#{number}] has ended: reopen it, or open another one.",
)
NO_INTAKE: Final = Text(pt_br="Toda demanda começa por um chamado.", en="Every request begins with a ticket.")
WHO_ARE_YOU: Final = Text(
    pt_br="Ainda não conhecemos este contato: nossa equipe vai identificar você.",
    en="We do not know this contact yet: our team will find out who you are.",
)
MAY_NOT_OPEN: Final = Text(
    pt_br="Você não abre chamados pela sua empresa: fale com quem responde por ela.",
    en="You do not open tickets for your company: ask who answers for it.",
)
CONTRACT_OVER: Final = Text(
    pt_br="O contrato da sua empresa terminou: nada novo é registrado.",
    en="Your company's contract has ended: nothing new is registered.",
)
ALARM_AGAIN: Final = Text(
    pt_br="O monitoramento viu o problema de novo ({check}, {seen}).",
    en="Monitoring saw the problem again ({check}, {seen}).",
)
RECOVERED: Final = Text(
    pt_br="O monitoramento viu que o problema passou ({check}, {seen}).",
    en="Monitoring saw that the problem is over ({check}, {seen}).",
)
