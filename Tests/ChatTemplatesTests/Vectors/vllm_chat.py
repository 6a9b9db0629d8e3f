"""What vLLM makes of the body of a chat request, through its own functions, on a CPU and without a model."""
import copy
import datetime
import json
import logging
import os
import tempfile
import types

os.environ.setdefault("VLLM_LOGGING_LEVEL", "CRITICAL")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "critical")
logging.disable(logging.CRITICAL)

import transformers.utils.chat_template_utils as template_utils
from tokenizers import Tokenizer, models
from transformers import AutoTokenizer
from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
from vllm.renderers.chat_utils import parse_chat_messages
from vllm.renderers.hf import resolve_chat_template_content_format, safe_apply_chat_template


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 2, 29, 15, 4, 5)


template_utils.datetime = Clock


class Engine:
    """One model's files, served with the engine's own settings."""

    def __init__(self, files):
        self.folder = tempfile.mkdtemp()
        vocabulary = {"[UNK]": 0, "a": 1}
        files = {"tokenizer.json": json.loads(Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]")).to_str()), **files}
        for name, content in files.items():
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(content if isinstance(content, str) else json.dumps(content))
        self.tokenizer = AutoTokenizer.from_pretrained(self.folder)
        self.config = types.SimpleNamespace(
            tokenizer=self.folder, model=self.folder, revision=None, tokenizer_revision=None, code_revision=None,
            trust_remote_code=False, multimodal_config=None, enable_prompt_embeds=False, max_model_len=100_000,
            hf_config=types.SimpleNamespace(model_type="martlet"), hf_overrides=None, is_encoder_decoder=False)

    def prompt(self, body):
        """The prompt's text; raises what the engine answers with an error."""
        request = ChatCompletionRequest.model_validate(json.loads(json.dumps(body)))
        if request.chat_template is not None or (request.chat_template_kwargs or {}).get("chat_template") is not None:
            raise ValueError("a template of the request is not trusted")
        tools = None if request.tools is None else [tool.model_dump() for tool in request.tools]
        params = request.build_chat_params(None, "auto").with_defaults({
            name: value for name, value in {"tools": tools, "tokenize": False}.items() if value is not None})
        form = resolve_chat_template_content_format(
            chat_template=None, tools=params.chat_template_kwargs.get("tools"), given_format="auto",
            tokenizer=self.tokenizer, model_config=self.config)
        conversation, media, _ = parse_chat_messages(request.messages, self.config, content_format=form)
        if media:
            raise ValueError("media")
        kwargs = params.get_apply_chat_template_kwargs()
        return safe_apply_chat_template(self.config, self.tokenizer, conversation, **kwargs)

    def row(self, body):
        try:
            return {"o": self.prompt(copy.deepcopy(body))}
        except Exception as error:  # every kind is a result
            return {"e": type(error).__name__}
