"""What looks like a password, key, token or card in what people write: found before anything is kept (B35, 5.1).

Three kinds of signs: a form that only credentials have (a private key, a JWT, a vendor's prefix, a card's number, an
address with a password in it), a label with a value behind it ("senha do wifi: ...", "the password is ..."), and the
same value again.
Without a separator a value needs a digit or a sign to be one: "trocar a senha do e-mail" asks for something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

REMOVED = "[segredo removido]"
REPEATED_LEAST_CHARACTERS = 6  # a shorter value said again may be an ordinary word
SPACED_LEAST_CHARACTERS = 4
NFE_KEY_DIGITS = 44  # the access key of a fiscal document is printed on it: no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a secret stands in a text (characters), and by which sign it was known."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A text without its secrets, and by which signs they were known, in their order."""

    text: str
    kinds: tuple[str, ...]


def clean(text: str) -> Cleaned:
    """Replace each secret, and every other place where its value stands again.

    >>> clean("Oi! A senha do wifi é Casa#2024, pode testar?").text
    'Oi! A senha do wifi é [segredo removido], pode testar?'
    >>> clean("Esqueci a senha do e-mail, podem trocar?").kinds
    ()
    """
    found = find(text)
    if not found:
        bare = text.translate(_INVISIBLE)
        return Cleaned(text=text, kinds=()) if bare == text or not find(bare) else clean(bare)
    values = {text[one.start : one.end] for one in found}
    cleaned, behind = [], 0
    for one in found:
        cleaned += [text[behind : one.start], REMOVED]
        behind = one.end
    done = "".join([*cleaned, text[behind:]])
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= REPEATED_LEAST_CHARACTERS:
            done = done.replace(value, REMOVED)
    return Cleaned(text=done, kinds=tuple(one.kind for one in found))


def clean_file_name(name: str) -> Cleaned:
    """As `clean`, for a file's name: there `_` stands for a space, and the extension is none of the value.

    >>> clean_file_name("senha_do_wifi_Casa2024.txt").text
    'senha_do_wifi_[segredo removido].txt'
    """
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _EXTENSION_MOST_CHARACTERS:
        stem, dot, extension = name, "", ""
    found = find(stem.replace("_", " "))
    for one in reversed(found):
        stem = f"{stem[: one.start]}{REMOVED}{stem[one.end :]}"
    return Cleaned(text=f"{stem}{dot}{extension}", kinds=tuple(one.kind for one in found))


def find(text: str) -> list[Found]:
    """The secrets of a text in their order; of two that overlap the one that begins first, and then the longer."""
    every = sorted((*_formed(text), *_labelled(text)), key=lambda one: (one.start, -one.end))
    kept: list[Found] = []
    for one in every:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _formed(text: str) -> Iterator[Found]:
    for card in _CARD.finditer(text):
        if _is_card(card.group()):
            yield Found(start=card.start(), end=card.end(), kind="card")
    for kind, pattern in _FORMS:
        for match in pattern.finditer(text):
            start, end = match.span(match.lastindex or 0)
            if not text.startswith(REMOVED, start):
                yield Found(start=start, end=end, kind=kind)


def _is_card(written: str) -> bool:
    """Whether digits are the number of a payment card: the last one checks the others (ISO/IEC 7812).

    >>> _is_card("4111 1111 1111 1111"), _is_card("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(one) for one in written if one.isdecimal()]
    doubled = (one * 2 - 9 * (one > 4) for one in digits[-2::-2])  # noqa: PLR2004  of two digits: their sum
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _labelled(text: str) -> Iterator[Found]:
    for label in _LABEL.finditer(text):
        value = _value_behind(text, label)
        while value is not None:
            yield value
            value = _next_value(text, value)


def _value_behind(text: str, label: re.Match[str]) -> Found | None:
    """The value that a label announces, when it is one."""
    told = _QUALIFIED.match(text, label.end())
    if told is None or _PUBLIC.search(told.group()) or text.startswith(REMOVED, told.end()):
        return None
    at = told.end()
    if label.group().startswith("--"):
        return _argument(text, label.end())
    for separator, is_value in ((_MARK, _after_mark), (_VERB, _after_verb), (_GAP, _after_gap)):
        gone = separator.match(text, at)
        if gone is None:
            continue
        value = _VALUE.match(text, gone.end())
        if value is None or text.startswith(REMOVED, value.start()):
            return None
        start, end = _bounds(value)
        word = text[start:end]
        weak = label["weak"] is not None
        if (not weak or _is_mixed(word)) and (value["quoted"] or is_value(word, text[end:])):
            return Found(start=start, end=end, kind="labelled")
        return None
    return None


def _argument(text: str, at: int) -> Found | None:
    """What stands behind `--password` on a command line, whatever it looks like."""
    value = _ARGUMENT.match(text, at)
    if value is None or text.startswith(REMOVED, value.start(1)):
        return None
    return Found(start=value.start(1), end=value.end(1), kind="labelled")


def _next_value(text: str, before: Found) -> Found | None:
    """A further value in a row: "senhas: Um#2024, Dois#2024 ou Tres#2024"."""
    more = _FURTHER.match(text, before.end)
    if more is None:
        return None
    start, end = more.span(1)
    end = start + len(text[start:end].rstrip(_SENTENCE_ENDS))
    return Found(start=start, end=end, kind="labelled") if _is_mixed(text[start:end]) else None


def _bounds(value: re.Match[str]) -> tuple[int, int]:
    if value["quoted"]:
        return value.start() + 1, value.end() - 1
    kept = value.group().rstrip(_SENTENCE_ENDS) or value.group()
    return value.start(), value.start() + len(kept)


def _after_mark(word: str, rest: str) -> bool:
    """Behind `:` or `=` any value is one, but for a word of prose."""
    if len(word) < 3 or _is_public(word):  # noqa: PLR2004  "Senha: ok"
        return False
    if _is_strong(word):
        return True
    return word.lower() not in _PROSE and bool(_CLAUSE_END.match(rest))


def _after_verb(word: str, rest: str) -> bool:
    """Behind "é" or "is" a plain word is more often an adjective."""
    plain = word.lower()
    if _is_strong(word):
        return _after_mark(word, rest)
    return _after_mark(word, rest) and len(word) > 3 and not plain.endswith(_ADJECTIVE_ENDS)  # noqa: PLR2004


def _after_gap(word: str, rest: str) -> bool:
    """Behind a mere space a value has a digit or a sign, and is neither an amount nor the name of a technique."""
    if len(word) < SPACED_LEAST_CHARACTERS or _is_public(word) or _TECHNICAL.fullmatch(word):
        return False
    if word.isdecimal():
        return not _COUNTED.match(rest)
    return _is_strong(word) and not _DATED.fullmatch(word)


def _is_strong(word: str) -> bool:
    return any(letter.isdecimal() or letter in _SIGNS for letter in word) and any(letter.isalnum() for letter in word)


def _is_mixed(word: str) -> bool:
    return len(word) >= SPACED_LEAST_CHARACTERS and any(map(str.isdecimal, word)) and any(map(str.isalpha, word))


def _is_public(word: str) -> bool:
    digits = sum(map(str.isdecimal, word))
    return bool(_MAILBOX.fullmatch(word) or _ADDRESS.match(word)) or digits == NFE_KEY_DIGITS


_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_EXTENSION_MOST_CHARACTERS = 8
_SENTENCE_ENDS = ".,;)"
_SIGNS = "@#$%&*!+=~^_"
_B, _E = r"(?<![A-Za-zÀ-ÿ0-9])", r"(?![A-Za-zÀ-ÿ0-9])"

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "private_key",
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?s:.)*?(?:-----END [A-Z0-9 ]{1,50}-----|\Z)"
        ),
    ),
    ("private_key", re.compile(r"PuTTY-User-Key-File-[23](?s:.){0,8000}?(?:Private-MAC: *\w+|\Z)")),
    ("jwt", re.compile(rf"{_B}eyJ[\w-]{{8,}}\.[\w-]{{8,}}\.[\w-]*")),
    ("aws_key", re.compile(rf"{_B}(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{{16}}{_E}")),
    (
        "vendor_token",
        re.compile(
            rf"{_B}(?:gh[pousr]_\w{{30,}}|github_pat_\w{{22,}}|glpat-[\w-]{{18,}}|xox[abeprs]-[\w-]{{10,}}"
            r"|[srp]k_(?:live|test)_\w{10,}|whsec_\w{16,}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}"
            r"|sk-[\w-]{20,}|npm_\w{30,}|pypi-[\w-]{30,}|shp(?:at|ss|ca)_\w{24,}|dop_v1_\w{32,}|hf_\w{20,}"
            r"|APP_USR-[\w-]{16,}|EAA[A-Za-z0-9]{40,}|AGE-SECRET-KEY-1\w{40,})"
        ),
    ),
    ("vendor_token", re.compile(r"\$aact_[\w=+/-]{20,}")),
    ("url_password", re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://([^\s/@:]{0,200}:[^\s/]{1,300})@")),
    (
        "authorization",
        re.compile(rf"{_B}(?i:bearer|basic)[ \t]+(?=[A-Za-z+/=._~-]*[0-9])([A-Za-z0-9+/=._~-]{{16,}})"),
    ),
)

# Sixteen digits of Visa, Mastercard, Elo, Hipercard or Discover, in fours or together; fifteen of American Express.
_CARD = re.compile(
    r"(?<![\w.,-])(?:(?:[456][0-9]{3}|2[2-7][0-9]{2})(?P<gap>[ -]?)[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4}"
    r"|3[47][0-9]{2}(?P<amex>[ -]?)[0-9]{6}(?P=amex)[0-9]{5})(?!\w)(?![ .,-][0-9]{4})"
)

_STRONG_LABELS = (
    r"contra-?senhas?|palavras?-passe|senhas?|contraseñas?|pass(?:word|wd|code|phrase|key)s?|pwd|passw|psk"
    r"|(?:api|access|secret|private|auth|client|encryption|shared)[ _-]?(?:key|secret|token)s?"
    r"|secret[ _-]access[ _-]key|secret(?=\s*[:=])|pass(?=\s*[:=])|pw(?=\s*[:=])"
    r"|chaves? (?:d[ae] |)(?:api|wi-?fi|rede|seguran[çc]a|criptografia|acesso)|chaves? (?:secretas?|privadas?)"
    r"|chave do (?:wi-?fi|roteador|bitlocker)|tokens?|segredo(?=\s*[:=])|credencia(?:l|is)"
    r"|cv[vc]2?|c[óo]digo (?:de (?:acesso|seguran[çc]a|verifica[çc][ãa]o)|pin)|pin"
)
_LABEL = re.compile(rf"(?:--|{_B})(?i:(?:{_STRONG_LABELS})|(?P<weak>chaves?|keys?)){_E}")
_JOIN = r"(?:d[oae]s?|n[oa]s?|aos?|às?|para|pra|pro|p/|of|for|to|on|the|o|a|do|meu|minha|my|our|nosso|nossa)"
_KIND_OF = (
    r"(?:nov[ao]|atual|antig[ao]|provis[óo]ri[ao]|tempor[áa]ri[ao]|padr[ãa]o|mestre|inicial|master|current|new|old"
    r"|temporary|default|wi-?fi|rede|admin|root|vpn|e-?mail|email|ssh|ftp|sql|mysql|principal)"
)
# What a label may be said of: "senha do wifi da recepção", "password for the router", "nova senha padrão".
_QUALIFIED = re.compile(
    rf"(?:[ \t]+(?:{_KIND_OF}(?![\w@#$%&*!+=~^-])|{_JOIN}[ \t]+(?:{_JOIN}[ \t]+)?[A-Za-zÀ-ÿ][\wÀ-ÿ.-]{{0,40}}?"
    r"(?=[\s:=\"'*`_)]|$))){0,4}",
    re.IGNORECASE,
)
_PUBLIC = re.compile(r"\bpix\b|\bnf-?e\b|\bnota\b|\bdanfe\b|\bregistro\b|\bregistry\b", re.IGNORECASE)
_MARK = re.compile(r"[\"'*`_)]{0,4}\s{0,3}(?:=>|->|→|[:=\uff1a]|>(?=[^<\s]{1,200}</))[*`_]{0,3}\s{0,3}")
_VERB = re.compile(
    r"\s+(?:é|eh|e|is|foi|era|ser[áa]|ficou|fica|vai ser|was|will be|now is|is now|est[áa] como)\s*:?\s+", re.IGNORECASE
)
_GAP = re.compile(r"\s{1,3}")
_VALUE = re.compile(
    r"(?P<quoted>\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|`[^`\n]{1,200}`|“[^”\n]{1,200}”)|[^\s<>\"'`“”]{1,300}"
)
_ARGUMENT = re.compile(r"[ =:]{1,3}([^\s]{1,300})")
_FURTHER = re.compile(r"\s*(?:,|;|/|\be\b|\bou\b|\band\b|\bor\b)\s*([^\s<>\"'`,;/]{4,200})", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"[\"'`)]*(?:\s*$|\s*[\n,;.)!?|/<]"
    r"|\s+(?:e|and|login|usu[áa]rio|user|username|obrigad[oa]|thanks|por favor|please)\b)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s+(?:vez|dia|hora|minuto|segundo|m[eê]s|caract|d[íi]gito|letra|tentativa|usu[áa]rio|pessoa|m[áa]quina|conta"
    r"|computador|time|day|hour|minute|second|month|char|digit|letter|attempt|user|people|account|machine"
    r"|de (?:jan|fev|mar|abr|mai|jun|jul|ago|set|out|nov|dez))",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"\d{1,4}[/.-]\d{1,2}(?:[/.-]\d{1,4})?|\d{1,2}[:h]\d{2}(?:min)?|v?\d+(?:\.\d+)+|\d+[ªºa°%x]?|R?\$\d.*"
)
_TECHNICAL = re.compile(
    r"wpa[23]?|[23]fa|mfa|oauth2?(?:\.0)?|sha-?\d+|md5|base64|(?:office|[mo])-?365|win(?:dows)?-?\d+|aes-?\d+|rsa-?\d+"
    r"|1password|http[12]?|ipv[46]|x509|bcrypt|argon2(?:id)?|utf-?8|totp|h\d|[a-z]+_[a-z_]+|c\+\+|erro?r?_?\d+",
    re.IGNORECASE,
)
_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PROSE_WORDS = """
about again ainda algo alguma also alterada alterar always any apenas aqui assim até blank bloqueada bloqueado
case certa certo changed com como correct correta correto dela dele desconhecida diferente disabled empty
enabled errada erro error esquecer esqueceu esqueci esquecida expirada expirado expired expirou failed failure
false favor foi forgot forgotten forte fraca help here how igual inativa incorrect incorreta incorreto invalid
invalida invalido inválida inválido isso just locked lost mesma mine missing muito nada nao needed nenhum
nenhuma never none not nothing nova now nula null number nunca não obrigatória obrigatório once onde para
pedir pendente perdi pessoal please policy por porque precisa preciso qual quando que quem recuperar redefinir
required reset resetar same see segue segura sem sempre será sim sobre solicitada solicitar still string
strong também tem tenho text that the this toda todos too trocada trocar true um uma unknown user usuário
valid vazia vazio venceu vencida vencido você válida válido weak what when where why wrong yes your
"""
_PROSE = frozenset(_PROSE_WORDS.split())
_ENDS = """
able ada adas ado ais ando ante ary avel cil cult das dos ed eita ema endo ente ful gada ible ica ico ida idas
ido imple indo ing ita iva ive ivel ivo less mente ncial nica onal ong onga onto oral ort ory osa oso ous ples
rent rga rte sil sma sta tial urta ver ária ário ável ção ível ória ório
"""
_ADJECTIVE_ENDS = tuple(_ENDS.split())
