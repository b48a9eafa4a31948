"""The alerts and the dashboard, tried with Prometheus' own tool."""

import json
import re
import subprocess
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import yaml

from tests.figures import OF_SERVICE, every_sample

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana"
DASHBOARD = GRAFANA / "dashboards" / "ponteiro.json"

# What the services tell of themselves (tests/journeys/test_figures.py asks them), and what Prometheus adds of its own.
METRICS = every_sample().keys() | {"up", "ALERTS"}

# A word of a query that is neither a function, a label, a string nor a duration.
NAME = re.compile(r"(?<![\w:{])[a-zA-Z_][\w:]*(?![\w:]*\s*\()")
NOT_NAMES = re.compile(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]|\b(by|on|unless|offset|or|and)\b(\s*\([^)]*\))?|\b\d+\w*\b')


def test_the_configuration_is_one_that_prometheus_takes(promtool: str) -> None:
    assert_says_yes(promtool, "check", "config", "prometheus.yml")


def test_each_alert_fires_when_it_should_and_not_before(promtool: str) -> None:
    assert_says_yes(promtool, "test", "rules", "rules.test.yml")


def test_each_alert_has_a_test() -> None:
    alerts = {rule["alert"] for rule in rules() if "alert" in rule}

    tried = {
        case["alertname"]
        for test in yaml.safe_load((PROMETHEUS / "rules.test.yml").read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }

    assert alerts == tried


def test_the_dashboard_asks_what_prometheus_understands(promtool: str, tmp_path: Path) -> None:
    asked = [{"record": f"asked:{number}", "expr": query} for number, query in enumerate(dashboard_queries())]
    (tmp_path / "dashboard.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": asked}]}))

    assert_says_yes(promtool, "check", "rules", str(tmp_path / "dashboard.yml"))


def test_rules_and_dashboard_ask_only_for_figures_that_exist() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}

    asked = {name for query in [*dashboard_queries(), *(rule["expr"] for rule in rules())] for name in names(query)}

    assert asked <= METRICS | recorded
    assert {"sla_breaches_total", "outbox_oldest_seconds", "parked_facts", "up"} <= asked


def test_the_dashboard_is_whole_and_grafana_is_told_where_it_lies() -> None:
    told = json.loads(DASHBOARD.read_text())
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/ponteiro.yml").read_text())["providers"]
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    mounted = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]["volumes"]

    ids = [panel["id"] for panel in told["panels"]]
    assert len(ids) == len(set(ids)) and told["uid"] == "ponteiro"
    assert {target["datasource"]["uid"] for panel in told["panels"] for target in panel.get("targets", ())} == {
        source["uid"]
    }
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in mounted
    assert OF_SERVICE["sla"].keys() <= {name for query in dashboard_queries() for name in names(query)}
    places = [panel["gridPos"] for panel in told["panels"]]
    assert not [(one, other) for one, other in combinations(places, 2) if overlap(one, other)]


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    """Whether two panels lie upon each other."""
    return all(one[at] < other[at] + other[size] and other[at] < one[at] + one[size] for at, size in ("xw", "yh"))


def assert_says_yes(promtool: str, *arguments: str) -> None:
    """Run promtool beside the rules; its words are the failure's."""
    done = subprocess.run([promtool, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def rules() -> list[dict[str, str]]:
    """Every rule of every group."""
    groups = yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard_queries() -> Iterator[str]:
    """What the dashboard's panels ask."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


def names(query: str) -> set[str]:
    """The metrics that a query names."""
    return set(NAME.findall(NOT_NAMES.sub(" ", query)))
