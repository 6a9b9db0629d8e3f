"""Chat requests of many shapes."""

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "Tells the weather of a place.\nNow or later.",
    "parameters": {"type": "object", "properties": {
        "place": {"type": "string", "description": "Town, \"region\""}, "days": {"type": "integer", "minimum": 1},
        "unit": {"type": "string", "enum": ["°C", "°F"]}, "exact": {"type": "boolean", "default": None},
        "list": {"type": "array", "items": {"type": "number"}}}, "required": ["place"]}}}
BARE = {"type": "function", "function": {"name": "ping"}}
STRICT = {"function": {"strict": True, "parameters": {"properties": {}, "type": "object"}, "name": "stop", "description": ""}}


def call(name="get_weather", arguments='{"place": "Zürich", "days": 3}', id="call_0001"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


SYSTEM = {"role": "system", "content": "You are terse."}
HELLO = {"role": "user", "content": "Hello!"}
HI = {"role": "assistant", "content": "Hi. What is it?"}
ASK = {"role": "user", "content": "  Wie ist das Wetter in Zürich? 🌦️\n\n"}
CALLS = {"role": "assistant", "content": None, "tool_calls": [call()]}
RESULT = {"role": "tool", "tool_call_id": "call_0001", "content": '{"t": 7.5, "sky": "bewölkt"}'}
ANSWER = {"role": "assistant", "content": "7.5 °C."}
THOUGHT = {"role": "assistant", "reasoning_content": "\nThe user greets me.\n", "content": "Hi there"}
EMPTY = {"refusal": None, "annotations": None, "audio": None, "function_call": None, "tool_calls": []}

CONVERSATIONS = [
    [HELLO], [SYSTEM, HELLO], [SYSTEM, HELLO, HI, ASK], [HELLO, HI, ASK, ANSWER, HELLO], [HELLO, HI],
    [SYSTEM, ASK, CALLS, RESULT], [ASK, CALLS, RESULT, ANSWER, HELLO],
    [SYSTEM, ASK, {**CALLS, "content": "Let me see.", "tool_calls": [call(), call("ping", "", "call_0002")]},
     RESULT, {**RESULT, "tool_call_id": "call_0002", "content": ""}, ANSWER, HELLO],
    [HELLO, THOUGHT, ASK], [HELLO, THOUGHT], [HELLO, {**THOUGHT, "reasoning": "Other."}, HELLO],
    [HELLO, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nYes."}, ASK],
    [ASK, {**CALLS, "reasoning": "I need a tool."}, RESULT],
    [ASK, {**CALLS, "content": "", "reasoning": "I need a tool."}, RESULT, ANSWER, HELLO, THOUGHT],
    [{"role": "user", "content": [{"type": "text", "text": "One."}, {"type": "text", "text": ""},
                                  {"type": "text", "text": "Two."}]}],
    [{"role": "system", "content": [{"type": "text", "text": "Sys"}]}, {"role": "user", "content": []}],
    [ASK, CALLS, {**RESULT, "content": [{"type": "text", "text": "part one"}, {"type": "text", "text": "part two"}]}],
    [HELLO, {**HI, **EMPTY}, {**ASK, "name": "ann"}], [HELLO, {"role": "assistant", "content": None}, HELLO],
    [HELLO, SYSTEM, HI, HELLO], [{"role": "user", "content": ""}], [HELLO, HELLO],
    [{"role": "user", "content": "a\u0000b\t\u2028 \\n <|im_end|> {{ x }} {% y %} \U0001f469\u200d\U0001f680 e\u0301"}],
    [HELLO, {"role": "developer", "content": "Be quick."}], [{"role": "developer", "content": "Be quick."}, HELLO],
    [SYSTEM, {"role": "developer", "content": [{"type": "text", "text": "Be"}, {"type": "text", "text": "quick."}]},
     {"role": "system", "content": ""}, HELLO], [SYSTEM, {"role": "critic", "content": "No."}],
    [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}],
    [ASK, {**CALLS, "tool_calls": [call(arguments='{"z": [1, 2.50, 1e3, true, null, {"ü": "\\u00fc"}], "a": -0.0}')]}, RESULT],
    [ASK, {**CALLS, "tool_calls": [call(arguments="not json")]}, RESULT],
]
EXTRAS = [
    {"tools": [WEATHER]}, {"tools": [WEATHER, BARE, STRICT], "tool_choice": "auto"}, {"tools": [BARE], "tool_choice": "none"},
    {"add_generation_prompt": False}, {"add_generation_prompt": False, "continue_final_message": True},
    {"continue_final_message": True}, {"chat_template_kwargs": {"enable_thinking": False}},
    {"chat_template_kwargs": {"enable_thinking": True, "tools_in_user_message": False, "date_string": "1 Jan",
                              "preserve_thinking": True, "loop_limit": 1, "add_vision_id": True}, "tools": [WEATHER]},
    {"reasoning_effort": "high"}, {"reasoning_effort": "none"}, {"chat_template_kwargs": {"bos_token": "<B>", "nope": 1}},
    {"documents": [{"title": "T", "text": "line\nline"}, {"text": "x", "url": "y"}]}, {"add_special_tokens": True, "top_k": 4},
    {"chat_template_kwargs": {"enable_thinking": None, "builtin_tools": ["brave_search", "code_interpreter"]}},
]


def bodies():
    out = [{"model": "m", "messages": messages} for messages in CONVERSATIONS]
    for number, extra in enumerate(EXTRAS):
        for messages in (CONVERSATIONS[3 + number % 3], CONVERSATIONS[1], CONVERSATIONS[7], CONVERSATIONS[9]):
            out.append({"model": "m", "messages": messages, "temperature": 0.5, **extra})
    return out
