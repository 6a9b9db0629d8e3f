"""Writes loops.jsonl: loops whose elements and conditions depend on what the loop itself does, as jinja2 runs them.

Run with a Python that has jinja2:  python loops.py
A line is {"t": template, "o": output} or {"t": template, "e": name of the exception}.
"""
import itertools
import json
import os

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES = {"l": [3, 1, 2, 5], "m": [{"role": "user", "n": 1}, {"role": "tool", "n": 2}, {"role": "user", "n": 3}]}
HEAD = ("{% set ns = namespace(n=0, on=true) %}{% set c = cycler(1, 0, 1) %}{% set j = joiner('x') %}"
        "{% macro up() %}{% set ns.n = ns.n + 1 %}{{ ns.n }}{% endmacro %}")
CONDITIONS = ["ns.on", "ns.n < 3", "not ns.n", "i > ns.n", "ns.n != i", "c.next()", "not j()", "up()|int is odd",
              "i in [ns.n, 1, 2]", "(ns.n + i) % 2", "i", "g is defined", "loop is defined", "i != 1"]
BODIES = ["{% set ns.n = ns.n + 1 %}{{ i }}", "{% set ns.on = not ns.on %}{{ i }}{{ ns.on }}", "{{ up() }}{{ i }}",
          "{{ loop.last }}{% set ns.n = ns.n + 1 %}{{ i }}", "{{ i }}{% set ns.n = ns.n + 2 %}{{ loop.nextitem }}",
          "{{ loop.length }}{% set ns.n = i %}{{ i }}", "{{ i }}{{ loop.revindex }}{{ loop.revindex0 }}{% set ns.n = 9 %}",
          "{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }}{{ loop|length }}", "{{ c.next() }}{{ i }}{{ loop.index }}",
          "{{ j() }}{{ i }}{% if loop.index == 2 %}{% break %}{% endif %}", "{% for k in l if k > ns.n %}{{ k }}"
          "{% set ns.n = ns.n + 1 %}{{ loop.last }}{% endfor %};", "{{ i }}{{ loop.last }}{{ loop.length }}{{ loop.last }}"]
SOURCES = ["l", "l|select", "range(5)", "g"]
OTHERS = [
    "{% set g = l|select %}{% for x in g %}{{ x }}{% for y in g %}{{ y }}{% endfor %};{% endfor %}{{ g|list }}",
    "{% set g = l|select %}{% for x in g %}{{ x }}{% break %}{% endfor %}{{ g|list }}",
    "{% set g = l|select %}{% for x in g %}{{ x }}{{ loop.last }}{% break %}{% endfor %}{{ g|list }}",
    "{% set g = l|select %}{% for x in g %}{{ x }}{{ loop.length }}{{ g|list }}{% endfor %}",
    "{% set g = l|select %}{% for x in g %}{{ x }}{{ g|first }}{{ loop.index }}{% endfor %}",
    "{% set g = l|select %}{% for x in g if x != 1 %}{{ x }}{{ loop.nextitem }}{% break %}{% endfor %}{{ g|list }}",
    "{% set g = l|select %}{% set h = g|map('string') %}{{ g|first }}{{ h|list }}",
    "{% set g = l|select %}{{ g|map('string')|list }}{{ g|list }}", "{% set g = l|map('string') %}{{ g|join }}{{ g|join }}",
    "{% set a = namespace(v=1) %}{% for v in [a, a]|map(attribute='v') %}{{ v }}{% set a.v = 7 %}{% endfor %}",
    "{% set a = namespace(v=1) %}{% for v in [a, a]|selectattr('v') %}{{ v.v }}{% set a.v = 0 %}{% endfor %}",
    "{% for m in m if loop is defined %}{{ m.n }}{% else %}none{% endfor %}",
    "{% for a in l %}{% for b in l if loop.first %}{{ a }}{{ b }}{{ loop.last }}{% endfor %}{% endfor %}",
    "{% for a in l %}{% for b in l if loop.last %}{{ a }}{{ b }}{% endfor %}{{ loop.last }}{% endfor %}",
    "{% for a in l %}{% for b in l if b < loop.index %}{{ a }}{{ b }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for a in l if a > 9 %}{{ a }}{% else %}{{ loop is defined }}{% endfor %}",
    "{% set ns = namespace(go=true) %}{% for m in m if ns.go %}{% if m.role == 'tool' %}{% set ns.go = false %}"
    "{% endif %}{{ m.n }}{{ loop.index }}{{ loop.last }}{% endfor %}",
    "{% set ns = namespace(go=true) %}{% for m in m if ns.go %}{{ loop.length }}{% set ns.go = false %}{{ m.n }}{% endfor %}",
    "{% set ns = namespace(k=0) %}{% macro f(x) %}{% set ns.k = ns.k + x %}{% endmacro %}{% for i in l if ns.k < 4 %}"
    "{{ f(i) }}{{ i }}{% endfor %}{{ ns.k }}",
    "{% set ns = namespace(k=0) %}{% for i in l if i > ns.k %}{% for i in l if i > ns.k %}{% set ns.k = ns.k + 1 %}{{ i }}"
    "{% endfor %}|{{ i }}{% endfor %}", "{% for i in l %}{{ loop.changed(i > 1) }}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for k, v in [(1, 2), (3, 4)] if k > 1 %}{{ k }}{{ v }}{{ loop.previtem is defined }}{% endfor %}",
    "{% for i in l if i > 1 %}{% continue %}{% else %}e{% endfor %}.", "{% for i in [] if i %}{% else %}e{% endfor %}.",
    "{% for i in l %}{% set last = loop %}{% endfor %}{% for i in l %}{{ loop.last and loop.length == 4 }}{% endfor %}",
]


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
    return env


def main():
    templates = [
        f"{HEAD}{{% set g = l|select('gt', 1) %}}{{% for i in {source} if {condition} %}}{body}{{% else %}}none"
        f"{{% endfor %}}.{{{{ ns.n }}}}{{{{ g|list }}}}"
        for condition, body, source in itertools.product(CONDITIONS, BODIES, SOURCES)]
    env = environment()
    rows = []
    for template in templates + OTHERS:
        try:
            rows.append({"t": template, "o": env.from_string(template).render(**VARIABLES)})
        except Exception as error:  # every kind is a result
            rows.append({"t": template, "e": type(error).__name__})
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(f"{folder}/loops.jsonl", "w") as file:
        file.write(json.dumps({"head": HEAD, "variables": VARIABLES}, separators=(",", ":")) + "\n")
        for row in rows:
            row["t"] = row["t"].replace(HEAD, "@", 1)
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(len(rows), sum("e" in row for row in rows))


if __name__ == "__main__":
    main()
