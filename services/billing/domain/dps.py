"""The DPS of the national NFS-e as XML, through nfelib (extra `dps`): deterministic, and valid by its schema (3.6)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from services.billing.domain.cnpj import read_cnpj
from services.billing.domain.export import FiscalExport, FiscalTax
from services.billing.offer import Address, Party
from shared.errors import Refused

VERSION = "1.01"
BY_CNPJ = "2"  # the type of the federal id in `Id`; 1 is CPF
ANY_CNPJ = "00000000000191"  # stands for one with letters where the bundled schema knows digits only
OPTS_BY_SIMPLES = "3"
_FEDERAL = frozenset({"PIS", "COFINS", "CSRF", "CSLL", "IRRF", "INSS", "IRPJ"})
_PIS, _COFINS, _CSLL = ({name, "CSRF"} for name in ("PIS", "COFINS", "CSLL"))
# tpRetPisCofins by who is kept back of PIS, COFINS and CSLL.
_KEPT = {
    (False, False, False): "0",
    (True, True, True): "3",
    (True, True, False): "4",
    (True, False, False): "5",
    (False, True, False): "6",
    (False, True, True): "7",
    (False, False, True): "8",
    (True, False, True): "9",
}
_DASHES = str.maketrans({"–": "-", "—": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "…": "..."})  # noqa: RUF001
_CNPJ_ELEMENT = re.compile(r"<CNPJ>[0-9A-Z]{14}</CNPJ>")
_ID = re.compile(r'Id="DPS[0-9A-Z]{42}"')


class DpsExtraMissing(Refused):
    """The DPS is written by nfelib, which is installed with the extra `dps` only."""

    rule = "3.6"


class DpsIncomplete(Refused):
    """The invoice says less than a DPS has to; `field` names what is missing."""

    rule = "3.6"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bindings:
    """The classes of nfelib, by their modules."""

    document: Any
    parts: Any
    codes: Any


def dps_id(*, municipality_ibge: str, cnpj: str, series: str, number: int) -> str:
    """The identity of a DPS: municipality (7), kind of federal id (1), federal id (14), series (5), number (15).

    >>> dps_id(municipality_ibge="3550308", cnpj="12ABC34501DE35", series="1", number=42)
    'DPS3550308212ABC34501DE3500001000000000000042'
    """
    return f"DPS{municipality_ibge}{BY_CNPJ}{cnpj}{series.zfill(5)}{number:015d}"


def write_dps(export: FiscalExport, *, timezone: str) -> bytes:
    """The DPS of an invoice, unsigned, the same bytes every time. Raises DpsExtraMissing, DpsIncomplete.

    It is validated by the schema that nfelib bundles (1.01). That one knows numeric CNPJs only, though the layout's
    own was changed to [0-9A-Z]{14} in August 2026: a CNPJ with letters is checked by that pattern and its check
    digits, and the rest of the document by the bundled schema. The provider is named by its CNPJ alone, as who issues
    the document; a customer without a CNPJ is left out, and so is an address that lacks a part the layout asks for.
    """
    nfelib = _load()
    place, cnpj = _provider_of(export)
    assert export.nDPS is not None, "a document that was asked for has its number"
    inside = nfelib.parts.TcinfDps(
        Id=dps_id(municipality_ibge=place, cnpj=cnpj, series=export.serie, number=export.nDPS),
        tpAmb=nfelib.codes.TstipoAmbiente(export.tpAmb),
        dhEmi=_instant(export.dhEmi, timezone),
        verAplic=export.verAplic,
        serie=export.serie,
        nDPS=str(export.nDPS),
        dCompet=export.dCompet.isoformat(),
        tpEmit=nfelib.codes.TsemitenteDps(export.tpEmit),
        cLocEmi=place,
        prest=_provider(nfelib, export, cnpj),
        toma=_customer(nfelib, export.toma),
        serv=_service(nfelib, export),
        valores=_values(nfelib, export),
    )
    text: str = nfelib.document.Dps(infDPS=inside, versao=VERSION).to_xml(indent="")
    _check(nfelib, text)
    return text.encode()


def _load() -> _Bindings:
    try:
        document = import_module("nfelib.nfse.bindings.v1_0.dps_v1_01")
        parts = import_module("nfelib.nfse.bindings.v1_0.tipos_complexos_v1_01")
        codes = import_module("nfelib.nfse.bindings.v1_0.tipos_simples_v1_01")
    except ImportError:
        raise DpsExtraMissing("the DPS needs nfelib: install ponteiro with the extra dps, ponteiro[dps]") from None
    return _Bindings(document=document, parts=parts, codes=codes)


def _provider_of(export: FiscalExport) -> tuple[str, str]:
    """The municipality and the CNPJ of who issues the document."""
    if export.nDPS is None:
        raise DpsIncomplete("no fiscal document was asked for: the offer had no fiscal part then", field="fiscal")
    if export.cLocEmi is None:
        raise DpsIncomplete("the provider's municipality is not known", field="provider.address.municipality_ibge")
    if export.prest.cnpj is None:
        raise DpsIncomplete("the provider's CNPJ is not known", field="provider.cnpj")
    return export.cLocEmi, read_cnpj(export.prest.cnpj)


def _provider(nfelib: _Bindings, export: FiscalExport, cnpj: str) -> Any:
    regime = export.regApTribSN if export.opSimpNac == OPTS_BY_SIMPLES else None
    return nfelib.parts.TcinfoPrestador(
        CNPJ=cnpj,
        IM=export.prest_municipal_registration,
        fone=_phone(export.prest.phone),
        email=_mailbox(export.prest.email),
        regTrib=nfelib.parts.TcregTrib(
            opSimpNac=nfelib.codes.TsopSimpNac(export.opSimpNac),
            regApTribSN=nfelib.codes.TsregimeApuracaoSimpNac(regime) if regime else None,
            regEspTrib=nfelib.codes.TsregEspTrib(export.regEspTrib),
        ),
    )


def _customer(nfelib: _Bindings, party: Party) -> Any:
    if party.cnpj is None:
        return None
    return nfelib.parts.TcinfoPessoa(
        CNPJ=read_cnpj(party.cnpj),
        xNome=_plain(party.legal_name, most=300),
        end=_address(nfelib, party.address),
        fone=_phone(party.phone),
        email=_mailbox(party.email),
    )


def _address(nfelib: _Bindings, address: Address | None) -> Any:
    if address is None or not (address.municipality_ibge and address.postal_code and address.district):
        return None
    inside = nfelib.parts.TcenderNac(cMun=address.municipality_ibge, CEP=address.postal_code.replace("-", ""))
    return nfelib.parts.Tcendereco(
        endNac=inside,
        xLgr=_plain(address.street, most=255),
        nro=_plain(address.number or "S/N", most=60),
        xCpl=_plain(address.complement, most=156) or None,
        xBairro=_plain(address.district, most=60),
    )


def _service(nfelib: _Bindings, export: FiscalExport) -> Any:
    return nfelib.parts.Tcserv(
        locPrest=nfelib.parts.TclocPrest(cLocPrestacao=export.cLocPrestacao),
        cServ=nfelib.parts.Tccserv(
            cTribNac=export.cTribNac,
            cTribMun=export.cTribMun,
            xDescServ=_plain(export.xDescServ, most=2000),
            cNBS=export.cNBS,
        ),
    )


def _values(nfelib: _Bindings, export: FiscalExport) -> Any:
    parts = nfelib.parts
    discounts = parts.TcvdescCondIncond(
        vDescIncond=_some(export.vDescIncond_cents), vDescCond=_some(export.vDescCond_cents)
    )
    return parts.TcinfoValores(
        vServPrest=parts.TcvservPrest(vServ=_money(export.vServ_cents)),
        vDescCondIncond=discounts if export.vDescIncond_cents or export.vDescCond_cents else None,
        vDedRed=parts.TcinfoDedRed(vDR=_money(export.vDR_cents)) if export.vDR_cents else None,
        trib=parts.TcinfoTributacao(
            tribMun=parts.TctribMunicipal(
                tribISSQN=nfelib.codes.TstribIssqn(export.tribISSQN),
                tpRetISSQN=nfelib.codes.TstipoRetIssqn(export.tpRetISSQN),
                pAliq=None if export.pAliq_bp is None else _money(export.pAliq_bp),
            ),
            tribFed=_federal(nfelib, export),
            totTrib=_total(nfelib, export),
        ),
    )


def _federal(nfelib: _Bindings, export: FiscalExport) -> Any:
    kept = export.withheld
    social = _pis_and_cofins(nfelib, export)
    if social is None and not (kept.vRetCP_cents or kept.vRetIRRF_cents or kept.vRetCSLL_cents):
        return None
    return nfelib.parts.TctribFederal(
        piscofins=social,
        vRetCP=_some(kept.vRetCP_cents),
        vRetIRRF=_some(kept.vRetIRRF_cents),
        vRetCSLL=_some(kept.vRetCSLL_cents),
    )


def _pis_and_cofins(nfelib: _Bindings, export: FiscalExport) -> Any:
    """PIS and COFINS at the basic rate (CST 01), where the offer has them; CSRF keeps both and CSLL back as one."""
    pis, cofins = (_named(export, name) for name in ("PIS", "COFINS"))
    if pis is None and cofins is None and _named(export, "CSRF") is None:
        return None
    base = pis or cofins
    return nfelib.parts.TctribOutrosPisCofins(
        CST=nfelib.codes.TstipoCst("01"),
        vBCPisCofins=_money(base.base_cents) if base else None,
        pAliqPis=_money(pis.rate_bp) if pis else None,
        pAliqCofins=_money(cofins.rate_bp) if cofins else None,
        vPis=_money(pis.cents) if pis else None,
        vCofins=_money(cofins.cents) if cofins else None,
        tpRetPisCofins=nfelib.codes.TstipoRetPiscofins(_KEPT[_kept_of(export)]),
    )


def _kept_of(export: FiscalExport) -> tuple[bool, bool, bool]:
    kept = {tax.name for tax in export.taxes if tax.withheld}
    return bool(kept & _PIS), bool(kept & _COFINS), bool(kept & _CSLL)


def _total(nfelib: _Bindings, export: FiscalExport) -> Any:
    """What taxes the amount contains; where the offer has none, that it is not said."""
    if not export.taxes:
        return nfelib.parts.TctribTotal(indTotTrib=nfelib.codes.TstipoIndTotTrib("0"))
    return nfelib.parts.TctribTotal(
        vTotTrib=nfelib.parts.TctribTotalMonet(
            vTotTribFed=_sum(export, _FEDERAL), vTotTribEst=_money(0), vTotTribMun=_sum(export, {"ISS"})
        )
    )


def _sum(export: FiscalExport, names: Collection[str]) -> str:
    return _money(sum(tax.cents for tax in export.taxes if tax.name in names))


def _named(export: FiscalExport, name: str) -> FiscalTax | None:
    return next((tax for tax in export.taxes if tax.name == name), None)


def _check(nfelib: _Bindings, text: str) -> None:
    """Refuse what the schema refuses; CNPJs with letters were read by their own rule, and stand aside here."""
    numeric = _ID.sub(f'Id="DPS{"0" * 42}"', _CNPJ_ELEMENT.sub(f"<CNPJ>{ANY_CNPJ}</CNPJ>", text))
    wrong = nfelib.document.Dps.schema_validation(numeric)
    if wrong:
        raise DpsIncomplete(f"the layout of the DPS refuses it: {wrong[0]}")


def _instant(at: datetime, timezone: str) -> str:
    """An instant as the layout has it: local, whole seconds, with its offset."""
    return at.astimezone(ZoneInfo(timezone)).replace(microsecond=0).isoformat()


def _money(hundredths: int) -> str:
    """Centavos or basis points with two places: 122900 is 1229.00, and 500 basis points are 5.00 per cent."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _some(cents: int) -> str | None:
    return _money(cents) if cents else None


def _plain(text: str, *, most: int) -> str:
    """Words as the layout takes them: Latin-1, one space between words, none around them, no longer than it says.

    >>> _plain("  Área — “nova” 🙂", most=300)
    'Área - "nova" ?'
    """
    composed = unicodedata.normalize("NFC", text).translate(_DASHES)
    printable = "".join(letter if letter.isprintable() else " " for letter in composed)
    return " ".join(printable.encode("latin-1", "replace").decode("latin-1").split())[:most].rstrip()


def _phone(phone: str | None) -> str | None:
    digits = re.sub(r"[^0-9]", "", phone or "")
    return digits if re.fullmatch(r"[0-9]{6,20}", digits) else None


def _mailbox(email: str | None) -> str | None:
    return email if email and re.fullmatch(r"[!-~]{1,80}", email) else None
