"""Messages for tests that need no database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.notify.domain import Audience, Message, Template
from tests.notify.shop import CONTRACT, ORGANIZATION, TICKET, local

MESSAGE = UUID("0193a1b2-0000-7000-8000-00000000000a")
FACT = UUID("0193a1b2-0000-7000-8000-00000000000b")


def message(**changes: Any) -> Message:
    """A message to Ana about ticket 1042, waiting since nine o'clock."""
    written_at = local("2026-11-10T09:00")
    values: dict[str, Any] = {
        "message_id": MESSAGE,
        "fact_id": FACT,
        "template": Template.TICKET_OPENED,
        "audience": Audience.CUSTOMER,
        "contact_id": "ana",
        "organization_id": ORGANIZATION,
        "contract_id": CONTRACT,
        "ticket_id": TICKET,
        "to_name": "Ana Souza",
        "to_email": "ana@cliente.example",
        "from_name": "Next4 Atendimento",
        "from_email": "atendimento@next4.example",
        "reply_to": None,
        "locale": "pt-BR",
        "subject": "[#1042] Recebemos o seu chamado",
        "body": "Olá, Ana!\n\nR$ 1.229,00\n",
        "header_id": f"<ticket-{TICKET}.{MESSAGE}@next4.example>",
        "reference_ids": (),
        "written_at": written_at,
        "next_attempt_at": written_at,
    }
    return Message(**(values | changes))
