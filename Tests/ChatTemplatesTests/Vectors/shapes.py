"""Writes shapes.jsonl: chat requests of odd shapes with the messages and tools that vLLM gives to a template.

Run with a Python that has vLLM (0.32):  python shapes.py
The first line is the templates that print them; a line is {"b": body, "s": text or null for an error, "p": the same
for a template that takes contents as parts}.
"""
import json
import os
import random

from prompts import configured
from vllm_chat import Engine

DUMP = ("{{ messages|tojson }}\n{{ tools|tojson }}\n{{ documents|tojson }}\n{{ add_generation_prompt }}{{ bos_token }}"
        "{{ eos_token }}{{ enable_thinking is defined }}{{ x is defined and x }}{{ reasoning_effort is defined }}"
        "{{ messages[0].content }}")
PARTS = "{% for m in messages %}{% for c in m.content %}{% endfor %}{% endfor %}"
RANDOM = random.Random(20240229)


def pick(*options):
    return RANDOM.choice(options)


def maybe(members, name, chance, *options):
    if RANDOM.random() < chance:
        members[name] = pick(*options)


def part():
    out = pick(*[{"type": "text", "text": pick("one", "", "drei\n", "x-anthropic")}] * 90,
               {"type": "text", "text": "cached", "cache_control": {"type": "ephemeral"}}, "bare",
               {"type": "refusal", "refusal": "no"}, {"type": "input_text", "text": "in"}, {"text": "typeless"},
               {"type": "text", "text": None}, {"type": "thinking", "thinking": "hm"}, {"type": "text"},
               {"type": "text", "text": "id", "uuid": "u"}, {"type": "tool_reference", "name": "ping"},
               {"type": "text", "text": "extra", "x": 1})
    return out


def content(role):
    return pick("text", "", "zwei\nZeilen", "<think>x</think>y", *([None] if role in ("assistant", "tool") else []),
                *[[part() for _ in range(RANDOM.randrange(4))] for _ in range(3)], *([5, {"a": 1}] if RANDOM.random() < .05 else []))


def call():
    function = {"name": pick("f", "get", "ü"), "arguments": pick(
        '{"b": 1, "a": [1.0, 2e2, "x"]}', "{}", "", '{"n": {"k": null, "k": true}}', "[1]", "{oops", ' {"a" : "\\u00e9"} ',
        *['{"q": "x"}', '{"k": {}}'] * 12, "7", "null", '{"i": 12345678901234567890}', '{"f": 1e400}', '{"x": NaN}')}
    if RANDOM.random() < .1:
        function["arguments"] = pick({"a": 1}, None)
    maybe(function, "description", .05, "x")
    out = {"function": function, "type": "function", "id": pick("c1", "call_2")}
    maybe(out, "index", .15, 0, 1)
    maybe(out, "type", .05, "custom", None)
    if RANDOM.random() < .05:
        out.pop("id")
    return out


def message():
    role = pick("system", "user", "user", "assistant", "assistant", "assistant", "tool", "tool", "developer", "critic")
    if role in ("developer", "critic") and RANDOM.random() < .9:
        role = "user"
    out = {"content": content(role), "role": role}
    if RANDOM.random() < .03:
        out.pop("content")
    if role == "assistant":
        maybe(out, "tool_calls", .5, [], None, [call()], [call(), call()], [call()])
        maybe(out, "reasoning_content", .35, "because", "", None)
        maybe(out, "reasoning", .25, "so", "", None)
        maybe(out, "refusal", .2, *[None] * 15, "no")
        maybe(out, "audio", .15, *[None] * 15, {"id": "a"})
        maybe(out, "function_call", .15, *[None] * 15, {"name": "f", "arguments": "{}"})
        maybe(out, "annotations", .15, None, [], [])
    if role == "tool" and RANDOM.random() < .9:
        out["tool_call_id"] = pick("c1", "call_2", "")
    maybe(out, "name", .15, *["ann", ""] * 6, None)
    maybe(out, "task", .01, "t", None)
    maybe(out, "extra", .03, 1, None)
    maybe(out, "tools", .01, None, [])
    if RANDOM.random() < .3:
        out = dict(sorted(out.items(), key=lambda item: RANDOM.random()))
    return out


def tool():
    function = {"name": pick("f", "get")}
    maybe(function, "description", .6, "Does it.", None, "ü\n\"q\"")
    maybe(function, "parameters", .7, {"type": "object", "properties": {"b": {"type": "number", "default": 1.0}, "a": {}}},
          {}, None, {"type": "object", "additionalProperties": False, "x-order": [3, 2.50, None]})
    maybe(function, "strict", .2, True, False, None)
    maybe(function, "extra", .04, 1)
    function = dict(sorted(function.items(), key=lambda item: RANDOM.random()))
    out = {"function": function, "type": "function"}
    if RANDOM.random() < .1:
        out.pop("type")
    maybe(out, "extra", .03, 1)
    maybe(out, "defer_loading", .03, True, None)
    return out


def body():
    out = {"messages": [message() for _ in range(RANDOM.randrange(1, 4))], "model": "m"}
    if RANDOM.random() < .4:
        out["tools"] = pick(None, [], *[[tool() for _ in range(1 + RANDOM.randrange(2))] for _ in range(6)])
    maybe(out, "tool_choice", .15, "none", "auto", "required", None, {"type": "function", "function": {"name": "f"}})
    maybe(out, "documents", .1, None, [], [{"title": "t", "text": "x"}], [{"text": 1}])
    maybe(out, "add_generation_prompt", .2, True, False, False)
    maybe(out, "continue_final_message", .1, True, False, True)
    maybe(out, "add_special_tokens", .1, True, False)
    maybe(out, "chat_template_kwargs", .3, None, {}, {"x": "X"}, {"x": None}, {"x": "auto"}, {"enable_thinking": False},
          {"bos_token": "B"}, {"tools": [1]}, {"messages": []}, {"chat_template": "x"}, {"tokenize": True}, {"padding": True},
          {"add_generation_prompt": False}, {"documents": []}, {"x": [1, {"y": 2.0}]}, {"range": 1}, {"x": "", "z": 1})
    maybe(out, "reasoning_effort", .1, None, "low", "none", "huge")
    maybe(out, "chat_template", .03, None, "x")
    maybe(out, "mm_processor_kwargs", .03, None, {})
    maybe(out, "stop", .1, ["x"], "y", None)
    maybe(out, "truncate_prompt_tokens", .03, None, 5)
    maybe(out, "unheard_of", .03, None, 1)
    return out


def main():
    files = [configured(DUMP, bos_token="<s>", eos_token="</s>"), configured(PARTS + DUMP, bos_token="<s>", eos_token="</s>")]
    engines = [Engine(file) for file in files]
    counts = [0, 0]
    with open(f"{os.path.dirname(os.path.abspath(__file__))}/shapes.jsonl", "w") as file:
        file.write(json.dumps(files, ensure_ascii=False, separators=(",", ":")) + "\n")
        for _ in range(280):
            given = body()
            row = {"b": given}
            for key, engine in zip("sp", engines):
                row[key] = engine.row(given).get("o")
                counts[key == "p"] += row[key] is not None
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(counts)


if __name__ == "__main__":
    main()
