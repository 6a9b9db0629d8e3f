"""Writes prompts.jsonl and prompts-FAMILY.jsonl: chat requests with the prompts that vLLM makes of them.

Run with a Python that has vLLM (0.32):  python prompts.py
prompts.jsonl holds a body a line; the first line of a family is its files, each other {"o": prompt} or {"e": error}
for the body on the same line of prompts.jsonl. The date is 29 February 2024.
"""
import json
import os

from vllm_chat import Engine
from chats import bodies

HERE = os.path.dirname(os.path.abspath(__file__))


def added(text):
    return {"__type": "AddedToken", "content": text, "lstrip": False, "normalized": False, "rstrip": False,
            "single_word": False}


def source(name):
    with open(f"{HERE}/templates/{name}.jinja") as file:
        return file.read()


def configured(template, **members):
    return {"tokenizer_config.json": {
        "tokenizer_class": "PreTrainedTokenizerFast", "added_tokens_decoder": {}, "bos_token": None,
        "model_max_length": 4096, "chat_template": template, **members}}


FAMILIES = {
    "chatml": configured(source("chatml"), eos_token="<|im_end|>", pad_token="<|pad|>"),
    "llama3": configured(source("llama3"), bos_token="<|begin_of_text|>", eos_token="<|eot_id|>"),
    "qwen2": configured(source("qwen2"), eos_token="<|im_end|>"),
    "qwen3": {**configured("not this one", eos_token="<|im_end|>"), "chat_template.jinja": source("qwen3")},
    "deepseek": configured(source("deepseek"), bos_token=added("<|begin|>"), eos_token=added("<|end|>"), unk_token=None),
    "mistral": configured(source("mistral"), bos_token="<s>", eos_token="</s>", unk_token="[UNK]"),
    "gemma": configured(source("gemma"), bos_token="<bos>", eos_token="<eos>", image_token="<image>"),
    "phi": configured(source("phi"), eos_token={"__type": "AddedToken", "content": "<|endoftext|>"}),
    "vision": configured(source("vision"), eos_token="<|im_end|>"),
    "macros": configured(source("macros"), eos_token="<eos>", extra_special_tokens={"think_token": "<|think>"}),
    "command": configured([{"name": "default", "template": source("command")},
                           {"name": "tool_use", "template": source("command_tools")}], bos_token="<BOS>"),
}
FAMILIES["deepseek"]["tokenizer_config.json"].pop("added_tokens_decoder")
FAMILIES["deepseek"]["special_tokens_map.json"] = {"bos_token": {"content": "<|start|>", "lstrip": False,
                                                                "normalized": False, "rstrip": False,
                                                                "single_word": False}}


def main():
    with open(f"{HERE}/prompts.jsonl", "w") as file:
        for body in bodies():
            file.write(json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n")
    for name, files in FAMILIES.items():
        engine = Engine(files)
        rows = [engine.row(body) for body in bodies()]
        with open(f"{HERE}/prompts-{name}.jsonl", "w") as file:
            for row in [files, *rows]:
                file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        print(name, len(rows), sum("e" in row for row in rows))


if __name__ == "__main__":
    main()
