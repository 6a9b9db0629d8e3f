"""Writes expressions.jsonl: small templates with what jinja2 makes of them, as transformers sets it up.

Run with a Python that has jinja2:  python expressions.py
A line is {"t": template, "o": output} or {"t": template, "e": name of the exception}.
"""
import copy
import json
import os
from datetime import datetime

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES = {
    "s": "Hello, World", "u": "Grüße, 世界 🙂 ñandú", "w": "  \t padded \n ", "e": "", "q": "it's \"so\"\\\n\x01\u00a0",
    "n": 42, "z": 0, "neg": -7, "f": 2.5, "g": 1e16, "h": 0.00001, "t": True, "no": False, "nil": None,
    "l": [3, 1, 2], "ls": ["b", "A", "c", "a"], "le": [], "d": {"b": 1, "a": {"x": [1, None, True]}, "items": 9},
    "de": {}, "m": [{"role": "user", "content": "hi", "n": 2}, {"role": "tool", "content": "", "n": 1},
                    {"role": "user", "content": None, "n": 3}],
    "lines": "one\ntwo\n\nthree\n", "csv": "a,b,,c", "mixed": [1, "1", 1.0, None, True],
}


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda form: datetime(2024, 2, 29, 15, 4, 5).strftime(form)
    return env


def templates():
    out = []
    add = out.append
    names = list(VARIABLES) + ["missing", "range(3)", "d.keys()", "d.values()", "d.items()", "(1, 'x')", "(1,)",
                               "namespace(a=1)", "'x'", "[]", "1.0", "-0.0"]
    for name in names:
        add("{{ %s }}" % name)
        add("{{ [%s] }}" % name)
        add("{{ %s|tojson }}" % name)
        add("{{ %s|tojson(indent=2) }}" % name)
        add("{{ 'yes' if %s else 'no' }}" % name)
        for item in ["length", "string", "list", "first", "last", "upper", "lower", "title", "capitalize", "trim",
                     "int", "float", "abs", "round", "sum", "min", "max", "sort", "unique|list", "reverse|list",
                     "join", "join(', ')", "items|list", "default('D')", "d('D', true)", "indent", "list|length",
                     "replace('a', 'b')", "map('string')|list", "batch(2)|list", "dictsort", "count", "wordcount|d",
                     "select|list", "reject|list", "map('upper')|join('-')", "center(20)", "sort(reverse=true)"]:
            add("{{ %s|%s }}" % (name, item))
        for test in ["defined", "undefined", "none", "string", "mapping", "sequence", "iterable", "number", "integer",
                     "float", "boolean", "true", "false", "odd", "even", "upper", "lower", "callable",
                     "divisibleby 2", "divisibleby(3)", "sameas none", "sameas true", "in [1, 'x', none]", "eq 42"]:
            add("{{ %s is %s }}" % (name, test))
            add("{{ %s is not %s }}" % (name, test))
        for sub in ["[0]", "[-1]", "[5]", "['a']", ".a", ".items", "[1:]", "[:1]", "[::-1]", "[-2:]", "[:-1]", ".x.y",
                    "[0].role", "['items']", "[1:3:2]", "[5:1:-2]"]:
            add("{{ %s%s }}" % (name, sub))
    operands = ["s", "u", "e", "n", "z", "neg", "f", "g", "t", "no", "nil", "l", "le", "d", "missing", "2", "'2'",
                "(1, 2)", "-3", "0.1", "'H'", "m", "[3, 1]", "none"]
    for op in ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]:
        for a in operands:
            for b in operands:
                if op == "%" and a in ("s", "u", "e", "'2'", "'H'"):
                    continue
                if op == "*" and ("s" in (a, b) or "m" in (a, b)):
                    continue
                add("{{ %s %s %s }}" % (a, op, b))
    for text in ["s", "u", "w", "e", "q", "lines", "csv", "'aXbXc'", "'ſtraße ǆ İi'", "'a\\r\\nb\\x1cc\\u2028d'"]:
        for method in ["strip()", "lstrip()", "rstrip()", "strip(' H')", "lstrip('Ha ')", "rstrip('d\\n ')", "upper()",
                       "lower()", "title()", "capitalize()", "split()", "split(',')", "split(None, 1)",
                       "split(',', 1)", "split(sep=',', maxsplit=2)", "rsplit(',', 1)", "split('')", "splitlines()",
                       "splitlines(true)", "startswith('H')", "startswith(('x', 'G'))", "endswith('d')",
                       "endswith(('\\n', 'c'))", "find('o')", "find('')", "rfind('o')", "find('世')", "index('o')",
                       "count('o')", "count('')", "replace('o', '0')", "replace('o', '0', 1)", "replace('', '-')",
                       "replace('X', '')", "join(['1', '2'])", "join(ls)", "join('abc')", "join([1])",
                       "removeprefix('He')", "removesuffix('ld')", "removeprefix('')", "partition(',')",
                       "rpartition(',')", "partition('zz')", "rpartition('zz')", "ljust(20)", "rjust(20, '.')",
                       "center(21)", "center(20, '*')", "zfill(16)", "isdigit()", "isalpha()", "isalnum()",
                       "isspace()", "isupper()", "islower()", "isnumeric()", "isdecimal()", "isascii()", "nope()",
                       "nope", "upper", "split(',')[0]", "split(',')|last|trim", "append('x')"]:
            add("{{ %s.%s }}" % (text, method))
        for item in ["trim('Hd')", "replace('l', 'L', 2)", "indent(2)", "indent(2, true)", "indent('>', blank=true)",
                     "indent(first=true)", "title", "capitalize", "length", "first", "last", "list|length", "reverse",
                     "string|length", "upper|lower", "tojson", "tojson(ensure_ascii=true)", "center(25)", "escape",
                     "int(7)", "float(1.5)", "truncate(5)", "striptags", "urlencode", "nofilter"]:
            add("{{ %s|%s }}" % (text, item))
    for item in ["get('a')", "get('zz')", "get('zz', 5)", "keys()|list", "values()|list", "items()", "items()|list",
                 "copy()", "update({'x': 1})", "pop('a')", "setdefault('q', 1)", "clear()", "a.x[2]", "a['x']|length",
                 "items", "['items']", "nothing", "nothing.more", "get(missing)", "get(l)", "keys()[0]"]:
        add("{{ d%s%s }}" % ("" if item.startswith("[") else ".", item))
    for item in ["append(1)", "index(1)", "index(9)", "count(1)", "copy()", "sort()", "pop()", "extend([1])", "role"]:
        add("{{ l.%s }}" % item)
    for expr in ["m|map(attribute='role')|join(',')", "m|map(attribute='zz', default='-')|list",
                 "m|selectattr('role', 'equalto', 'user')|list|length", "m|selectattr('content')|list",
                 "m|rejectattr('role', 'eq', 'user')|list", "m|rejectattr('content')|map(attribute='n')|list",
                 "m|selectattr('n', 'gt', 1)|map(attribute='n')|sum", "m|sum(attribute='n')", "m|sum('n', 10)",
                 "m|sort(attribute='n')|map(attribute='n')|list", "m|max(attribute='n')", "m|min(attribute='n')",
                 "m|map(attribute='role')|unique|list", "m|unique(attribute='role')|list|length",
                 "m|selectattr('role', 'in', ['tool'])|first", "m|selectattr('zz', 'defined')|list",
                 "m|selectattr('content', 'string')|map(attribute='content')|list", "m|map('length')|list",
                 "m|selectattr('role', 'equalto', 'zz')|first", "m|selectattr('role', 'equalto', 'zz')|length",
                 "(m|selectattr('role', 'equalto', 'zz')|list) == []", "l|select('odd')|list", "l|reject('odd')|list",
                 "l|select('gt', 1)|list", "l|map('float')|list", "ls|sort", "ls|sort(case_sensitive=true)",
                 "ls|sort(true)", "ls|unique|join", "ls|unique(true)|join", "l|sort|join('<')", "mixed|sort",
                 "mixed|unique|list", "d|dictsort", "d|dictsort(reverse=true)", "d|dictsort(by='value')",
                 "{'b': 1, 'A': 2, 'a': 3}|dictsort", "{'b': 2, 'a': 1}|dictsort(by='value', reverse=true)",
                 "{'b': 1, 'A': 2, 'a': 3}|dictsort(true)", "range(7)|batch(3)|list", "range(7)|batch(3, 'x')|list",
                 "range(5)|list", "range(2, 9, 3)|list", "range(5, 0, -2)|list", "range(0)|list", "range(3)[1]",
                 "range(2, 9, 3)", "range(3)|length", "range(1000000)", "range('a')", "range(1, 2, 0)",
                 "dict(a=1, b='x')", "dict({'q': 1}, z=2)", "namespace(a=1).a", "namespace({'a': 1}).a", "namespace().b",
                 "cycler('a', 'b').next()", "2.5|round", "3.5|round", "2.4|round(0, 'ceil')", "2.6|round(0, 'floor')",
                 "-2.5|round", "5|round", "'12'|int", "' 12 '|int", "'1.9'|int", "'x'|int", "'x'|int(3)", "'0x1f'|int",
                 "3.99|int", "-3.99|int", "none|int", "'1e3'|float", "'x'|float", "'.5'|float", "'5.'|float",
                 "1 if false", "(1 if false) is defined", "'a' 'b'", "'a' ~ 1 ~ none ~ 2.0 ~ [1]", "1 < 2 < 3",
                 "1 < 3 < 2", "3 > 2 == true", "not true or true", "not (true or true)", "1 == 1.0", "true == 1",
                 "'a' < 'b'", "[1, 2] < [1, 3]", "(1, 2) == [1, 2]", "1 in {1: 2}", "'a' in d", "'zz' not in d",
                 "2 ** 10", "2 ** 3 ** 2", "-2 ** 2", "2 ** -1", "7 // 2", "-7 // 2", "7 % -3", "-7 % 3", "7.5 // 2",
                 "-7.5 % 2", "7 / 2", "6 / 2", "1 / 0", "1 % 0", "1_000", "0.1 + 0.2", "1e5", "1.5e300 * 1e10", "1e22",
                 "1e15", "123456789012345680.0", "0.0001", "0.00012345", "1.0e-10", "100.0", "+5", "- 5", "--5", "+'a'",
                 "-'a'", "1.5 + 1", "true + true", "'ab' * 3", "3 * 'ab'", "[1] * 2", "'a' * -1", "[1] + [2]",
                 "(1,) + (2,)", "[1] + (2,)", "'a' + 1", "'a' + none", "9223372036854775807", "'x' is string",
                 "1 is string", "x is defined", "s is defined and s", "m[0].role is eq('user')", "m[0].role is eq 'user'",
                 "m[0]['role'] == 'user' and m[1].content == ''", "m[0].zz is defined", "m[0].zz.q is defined",
                 "m[-1].content is none", "s[0]", "s[-1]", "s[1:3]", "u[7:9]", "u[-5:]", "u[::-1]", "u|length",
                 "u[20]", "u|first", "u|last", "l[1:]|first", "l[::2]", "l[:100]", "l[-100:2]", "l[2:0:-1]",
                 "l['a']", "l[none]", "l[1.0]", "l[true]", "s['upper']()", "{'a': 1}['a']", "{'a': 1}.a", "{1: 2}[1]",
                 "{'a': 1, 'a': 2}", "{}", "()", "(1)", "((1, 2), 3)", "[1, [2, ['x']], {'k': (1,)}]", "1, 2",
                 "{'a': [1, 2], 'b': {}}|tojson", "{'a': [], 'b': {}, 'c': [1, {'d': 2}]}|tojson(indent=4)",
                 "{'b': 1, 'a': 2}|tojson(sort_keys=true)", "[1, 2]|tojson(separators=(',', ':'))",
                 "{'a': 1}|tojson(indent=2, separators=(', ', '= '))", "[1]|tojson(indent='\\t')", "'<&>\\'\"/'|tojson",
                 "'\\u007f\\u0080\\u2028😀'|tojson", "'\\u007f\\u0080\\u2028😀'|tojson(ensure_ascii=true)",
                 "'\\b\\f\\n\\r\\t\\x01'|tojson", "{1: 2, none: 3, 1.5: 4}|tojson", "(1, 2)|tojson", "1e16|tojson",
                 "[1.0, 1e-7]|tojson", "'a\\qb'", "'\\x41\\u00e9\\U0001F600\\101'", "'it''s'", "\"dq\\\"x\"",
                 "'a'|upper|lower ~ 'b'|upper", "-l|first", "(-1)|abs", "-1|abs", "l|first + 1", "l | length > 2",
                 "not l", "not missing", "not missing.x", "missing|default('x')|upper", "missing.x|default('x')",
                 "d.zz.y|default('x')", "nil|default('x')", "nil|default('x', true)", "nil|d(missing, true)",
                 "loop", "loop is defined", "raise_exception('no ' ~ s)", "raise_exception is defined", "range is defined",
                 "strftime_now('%Y-%m-%d')", "strftime_now('%d %B %Y')", "strftime_now('%d %b %Y %A %a %H:%M:%S %p')",
                 "strftime_now('%j %y %I %-d %-m %% %F %T')", "''|join", "'abc'|join('-')", "missing|join", "nil|join",
                 "d|join(',')", "d|list", "d|first", "d|length", "d|string", "[d, d]|map(attribute='b')|list",
                 "[[1, 2], [3]]|map(attribute=0)|list", "[[1, 2], [3]]|map('first')|list", "m|map(attribute='a.b')|list",
                 "['a', 'b']|map('replace', 'a', 'z')|list", "['1', '2']|map('int')|sum", "[' a ']|map('trim')|list",
                 "ls|map('upper')|select('in', ['A', 'B'])|list", "m|groupby('role')", "s|attr('upper')",
                 "s.format(1)", "'%s' % s", "'%s'|format(s)", "s|safe", "(s|safe) ~ 'x'", "s.__class__", "l|random",
                 "lipsum(1)", "self", "caller", "'a' is in ['a']", "'a' is in 'abc'", "1 is in l", "5 is not in l",
                 "n is number", "t is number", "t is integer", "f is float", "n is greaterthan 3", "n is ge 42",
                 "n is lt(3)", "l is iterable", "n is iterable", "d.items() is sequence", "'ab' is sequence",
                 "missing is iterable", "missing is sequence", "missing is mapping", "(l|map('int')) is iterable",
                 "(l|map('int'))|list|length", "(l|map('int'))|length", "(l|map('int'))[0]", "l|reverse|first",
                 "l|reverse|last", "'abc'|reverse", "l|last", "le|first", "le|last", "le|max", "le|sum", "le|join",
                 "le|first is defined", "(le|max) is defined", "'Ab c-d (e [f {g <h i\\'j'|title", "'ÀÉ'|lower",
                 "'straße'|upper", "'ŉ'|upper", "'ΑΣ'|lower", "'İ'|lower", "'éa'.capitalize()", "'ǆa'.title()",
                 "'x'.isalpha() and 'é'.isalpha()", "'²'.isdigit()", "'½'.isnumeric()", "'٣'.isdecimal()",
                 "[missing]|tojson", "{'a': missing}|tojson", "[missing]", "missing ~ 'x'", "missing + 'x'",
                 "missing == missing2", "missing == none", "missing in l", "missing in d", "missing in s", "s in missing",
                 "missing < 1", "missing|length", "missing|list", "missing|int", "missing|tojson", "missing()",
                 "s()", "1()", "d.b()", "m|length is divisibleby 3", "m|length == 3", "5 if n else 6 if z else 7",
                 "(5 if z else 6 if z else 7)", "n if n is defined else 0", "[1, 2,]", "{'a': 1,}", "(1, 2,)",
                 "d['a']['x'][0]", "d.a.x.0", "d.a.x[-1]", "l.0", "'%d' ~ 1", "1 ~ 2 + 3", "1 + 2 ~ 3", "1 ~ 2 * 3",
                 "'a' ~ 'b' == 'ab'", "not 'a' == 'b'", "n == 42 and not z", "z or e or nil", "n and s and l",
                 "le or 'none'", "'a' if 'b' in 'abc' and not 'z' in 'abc'", "[1, 2] == [1, 2.0]", "{'a': 1} == {'a': true}",
                 "none == false", "0 == false", "'' == none", "none is none", "'\\n' in lines", "lines.split('\\n')|length",
                 "lines.split('\\n')[-1]", "s.upper().lower().title()", "s.split(', ')[1][0]", "[s, u]|join(' | ')|length"]:
        add("{{ %s }}" % expr)
    return out + statements() + spaces()


def statements():
    return [
        "{% set x = 1 %}{{ x }}", "{% set x, y = 1, 2 %}{{ x }}{{ y }}", "{% set x, (y, z) = 1, (2, 3) %}{{ z }}",
        "{% set x %}a{{ n }}b{% endset %}[{{ x }}]", "{% set x | upper | trim %} abc {% endset %}[{{ x }}]",
        "{% set ns = namespace(v=1) %}{% for i in l %}{% set ns.v = ns.v + i %}{% endfor %}{{ ns.v }}",
        "{% set ns.v = 1 %}", "{% set d.v = 1 %}", "{% set x = 1 %}{% for i in l %}{% set x = i %}{% endfor %}{{ x }}",
        "{% for i in l %}{{ x is defined }}{% set x = i %}{% endfor %}", "{% if true %}{% set x = 5 %}{% endif %}{{ x }}",
        "{% if false %}{% set n = 5 %}{% endif %}{{ n }}", "{% set x, y = [1] %}", "{% set x = missing %}{{ x }}.",
        "{% set x = 1 %}{% set x = x + 1 %}{{ x }}", "{% set n = n + 1 %}{{ n }}", "{% set x = 'a' if n else 'b' %}{{ x }}",
        "{% if n %}a{% elif s %}b{% else %}c{% endif %}", "{% if z %}a{% elif s %}b{% else %}c{% endif %}",
        "{% if z %}a{% elif e %}b{% else %}c{% endif %}", "{% if z %}a{% endif %}.", "{% if not z %}a{% endif %}",
        "{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}",
        "{% for i in l %}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.depth }}{{ loop.depth0 }},{% endfor %}",
        "{% for i in l %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }};{% endfor %}",
        "{% for i in l %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }}{% endfor %}",
        "{% for i in l %}{{ loop.cycle('a', 'b') }}{% endfor %}", "{% for i in [1, 1, 2] %}{{ loop.changed(i) }}{% endfor %}",
        "{% for i in le %}x{% else %}none{% endfor %}", "{% for i in l if i > 1 %}{{ i }}{{ loop.last }}{% endfor %}",
        "{% for i in l if i > 9 %}{{ i }}{% else %}no{% endfor %}", "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
        "{% for k in d %}{{ k }}{% endfor %}", "{% for c in 'aé🙂' %}[{{ c }}]{% endfor %}", "{% for i in missing %}x{% endfor %}.",
        "{% for i in nil %}x{% endfor %}", "{% for i in n %}x{% endfor %}", "{% for a, b in [[1, 2], [3, 4]] %}{{ a }}{{ b }}{% endfor %}",
        "{% for a, b in [[1, 2, 3]] %}{% endfor %}", "{% for i in l %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}",
        "{% for i in l %}{% if i == 1 %}{% break %}{% endif %}{{ i }}{% endfor %}", "{% for i in range(3) %}{% for j in range(i) %}{{ i }}{{ j }}{{ loop.depth }} {% endfor %}{% endfor %}",
        "{% for i in l %}{% for j in l %}{{ loop.index }}{% endfor %}{{ loop.index }};{% endfor %}", "{% for i in l %}{{ i }}{% endfor %}{{ i }}",
        "{% for i in l %}{% set x = loop %}{{ x.index }}{% endfor %}", "{% for m in m %}{{ m.role }}{% endfor %}",
        "{% for i in 1, 2 %}{{ i }}{% endfor %}", "{% for i in l|sort %}{{ i }}{% endfor %}", "{% for i in (l if n else le) %}{{ i }}{% endfor %}",
        "{% for i in [1, 2] + [3] %}{{ i }}{% endfor %}", "{% for x in l recursive %}{% endfor %}",
        "{% macro f(a, b=2, c='x') %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }}|{{ f(1, c=3) }}|{{ f() }}|{{ f(b=1, a=2) }}",
        "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(z=2) }}", "{% macro f(a) %}{{ a is defined }}{% endmacro %}{{ f() }}",
        "{% macro f(x) %}{% if x > 0 %}{{ x }}{{ f(x - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "{% macro f() %}{{ y }}{% endmacro %}{% set y = 5 %}{{ f() }}",
        "{% macro f() %}{% set q = 1 %}{% endmacro %}{{ f() }}{{ q is defined }}", "{% macro f(a, b=a) %}{{ b }}{% endmacro %}{{ f(4) }}",
        "{% macro f() %} x {% endmacro %}[{{ f()|trim }}]{{ f() ~ 'y' }}{{ f()|length }}", "{% for i in l %}{% macro f() %}{{ i }}{% endmacro %}{{ f() }}{% endfor %}",
        "{% macro f(m) %}{{ m.role }}{% endmacro %}{% for x in m %}{{ f(x) }}{{ loop.index }}{% endfor %}", "{% macro f() %}{{ loop is defined }}{% endmacro %}{% for x in l %}{{ f() }}{% endfor %}",
        "{% macro f() %}{{ varargs }}{% endmacro %}{{ f(1) }}", "{% macro f() %}{{ caller() }}{% endmacro %}{% call f() %}x{% endcall %}",
        "{% filter upper %}a{{ s }}{% endfilter %}", "{% filter trim | upper %} a {% endfilter %}", "{% with a=1, b=n %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
        "{% with %}{% set x = 1 %}{% endwith %}{{ x is defined }}", "{% print n %}", "{# a comment #}x{# {{ n }} #}", "{% raw %}{{ n }}{% if %}{% endraw %}.",
        "{%- raw -%}  {{ x }} {%- endraw -%}  .", "{% do l.append(1) %}", "{% include 'x' %}", "{% block a %}x{% endblock %}", "{% nope %}", "{% if %}x{% endif %}",
        "{% if n %}x", "{{ n", "{{ }}", "{{ n n }}", "{% endif %}", "{{ 'abc }}", "{% set 1 = 2 %}", "{{ (1 }}", "{{ 1) }}", "{{ [1, }}", "{{ a..b }}", "{{ !x }}", "{{ 1 + }}", "{% for in l %}{% endfor %}",
        "{% set x = joiner('|') %}{% for i in l %}{{ x() }}{{ i }}{% endfor %}", "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}",
        "{{ '{{' }}{{ '}}' }}{{ '%}' }}", "{{ {'a': {'b': 1}}}}", "{{ {'a': 1} }}}", "{{ [[1]][0][0] }}", "}} %} #}", "{ { n } }", "a{b}c", "{{n}}{{-n}}{{ -n }}", "{{ n -}} x {{- n }}",
        "{% set x = [] %}{% for i in l %}{% set x = x + [i] %}{% endfor %}{{ x }}", "{% set content = m[0].content | trim %}{{ content }}",
        "{% for x in m | selectattr('role', 'eq', 'user') %}{{ x.n }}{% endfor %}", "{% set g = l|map('string') %}{{ g|list }}{{ g|list }}", "{% if m|selectattr('role', 'eq', 'zz') %}y{% else %}n{% endif %}",
        "{% set r = l|reverse %}{{ r|first }}{{ r|list }}", "{% for x in l|reverse %}{{ x }}{% endfor %}", "{% for a in d|items %}{{ a[0] }}{% endfor %}", "{% for k, v in d|dictsort %}{{ k }}{% endfor %}",
        "{% set x = n if n > 3 %}{{ x }}", "{% set x = 1 -%}   \n  y", "{%- if n -%}\n  a\n{%- endif -%}\n b", "{{ n }}\n", "{{ n }}\n\n", "a\r\nb\rc\n", "\n{% if n %}\nx\n{% endif %}\ny\n",
    ]


def spaces():
    out = []
    for before in ["", "a", " ", "\n", "a\n  ", "\t", "  \n ", "a  "]:
        for after in ["", "b", "\n", " \n", "\n\n b", "  b"]:
            for tag in ["{% if n %}", "{%- if n %}", "{%+ if n %}", "{% if n -%}", "{% if n +%}", "{%- if n -%}"]:
                out.append(before + tag + after + "{% endif %}")
            for tag in ["{{ n }}", "{{- n }}", "{{ n -}}", "{{+ n }}", "{# c #}", "{#- c #}", "{# c -#}", "{#+ c +#}",
                        "{% raw %} r {% endraw %}", "{%- raw -%} r {%- endraw -%}"]:
                out.append(before + tag + after)
    return out


def main():
    env = environment()
    rows = []
    for template in dict.fromkeys(templates()):
        try:
            rows.append({"t": template, "o": env.from_string(template).render(**copy.deepcopy(VARIABLES))})
        except Exception as error:  # every kind is a result
            rows.append({"t": template, "e": type(error).__name__})
    rows = [row for row in rows if " at 0x" not in row.get("o", "")]
    folder = os.path.dirname(os.path.abspath(__file__))
    parts = 4
    for part in range(parts):
        with open(f"{folder}/expressions-{part + 1}.jsonl", "w") as file:
            if part == 0:
                file.write(json.dumps(VARIABLES, ensure_ascii=False) + "\n")
            for row in rows[part::parts]:
                file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(len(rows), sum("e" in row for row in rows))


main()
