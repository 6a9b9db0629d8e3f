"""Writes markup.jsonl: templates that mark texts as safe and use them, as jinja2 runs them.

Run with a Python that has jinja2:  python markup.py
A line is {"t": template, "o": output} or {"t": template, "e": name of the exception}.
"""
import itertools
import json
import os

from loops import environment

VARIABLES = {"s": "<a> & \"b\"", "l": ["<x>", "y"], "n": 5}
SAFE = ["s|safe", "n|safe", "(s|upper|safe)", "missing|safe", "l|safe", "('<' ~ s|safe)", "(s|safe if n else s)",
        "(s if n > 9 else s|safe)", "s|string|safe|string", "s|safe|default('x')"]
USES = ["{{ %s }}", "{{ '<b>' ~ (%s) ~ '<i>' }}", "{{ '<b>' + (%s) }}", "{{ (%s) + '<b>' }}", "{% set v = %s %}{{ v }}",
        "{% set v = %s %}{{ v ~ '<' }}", "{% set v = %s %}{{ v + '<' }}", "{% set v = %s %}{{ '<' + v }}",
        "{% set v = %s %}{{ v|trim }}", "{% set v = %s %}{{ v.replace('a', '<') }}", "{% set v = %s %}{{ v|replace('a', '<') }}",
        "{% set v = %s %}{{ [v] }}", "{% set v = %s %}{{ [v]|join('<') }}", "{% set v = %s %}{{ ['<', v]|join(v) }}",
        "{% set v = %s %}{{ v|tojson }}{{ {'k': v}|tojson }}", "{% set v = %s %}{{ v == s }}{{ v is string }}{{ v is sequence }}",
        "{% set v = %s %}{{ v|length }}{{ 'a' in v }}{{ v in [s] }}", "{% set v = %s %}{{ v[0] }}{{ v[1:] }}{{ v|first }}",
        "{% set v = %s %}{% for c in v %}{{ c + '<' }}{% endfor %}", "{% set v = %s %}{{ v * 2 }}", "{% set v = %s %}{{ v|upper }}",
        "{% macro f(x) %}[{{ x }}]{% endmacro %}{{ f(%s) + '<' }}", "{% set v = %s %}{{ {v: 1}[s] }}{{ {s: 1}[v] }}",
        "{% set v = %s %}{{ 'x'.join([v, v]) + '<' }}", "{% set v = %s %}{{ 'a<'.replace('a', v) }}", "{% set v = %s %}{{ s.split(v) }}",
        "{% filter safe %}{{ %s }}<{% endfilter %}", "{% set v | safe %}{{ %s }}{% endset %}{{ v }}", "{{ [%s, '<']|sort|first + '<' }}",
        "{{ (%s)|indent }}", "{{ [%s]|map('upper')|list }}", "{{ [%s]|sum(start='<') }}", "{{ (%s) or '<' }}", "{{ not (%s) }}"]


def main():
    env = environment()
    env.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(f"{folder}/markup.jsonl", "w") as file:
        file.write(json.dumps({"variables": VARIABLES}, separators=(",", ":")) + "\n")
        for use, safe in itertools.product(USES, SAFE):
            template = use.replace("%s", safe)
            try:
                row = {"t": template, "o": env.from_string(template).render(**VARIABLES)}
            except Exception as error:  # every kind is a result
                row = {"t": template, "e": type(error).__name__}
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
