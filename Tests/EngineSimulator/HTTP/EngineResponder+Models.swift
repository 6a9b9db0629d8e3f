import HTTPTypes
import Hummingbird
import JSONValues
import NIOCore
import Observability

extension EngineResponder {
    func health() async throws -> Response {
        let isWell = await simulated.engine.death == nil
        return Response(status: isWell ? .ok : .serviceUnavailable)
    }

    // MARK: Models and adapters

    func models() -> Response {
        let created = JSONValue(Int(WallClock.microseconds / 1_000_000))
        let lengthMax = JSONValue(simulated.identity.configuration.maxModelLength)
        let base = flags.servedNames.map {
            card($0, created, root: flags.model, parent: .null, lengthMax: lengthMax)
        }
        let parent = JSONValue.string(flags.servedNames.first ?? flags.model)
        let adapters = simulated.adapters.all.map {
            card($0.name, created, root: $0.path, parent: parent, lengthMax: .null)
        }
        return Self.json(["object": "list", "data": .array(base + adapters)])
    }

    private func card(
        _ name: String, _ created: JSONValue, root: String, parent: JSONValue, lengthMax: JSONValue
    ) -> JSONValue {
        [
            "id": .string(name), "object": "model", "created": created, "owned_by": "vllm", "root": .string(root),
            "parent": parent, "max_model_len": lengthMax,
            "permission": [
                [
                    "id": .string("modelperm-\(Identifiers.hexadecimal(16))"), "object": "model_permission",
                    "created": created, "allow_create_engine": false, "allow_sampling": true,
                    "allow_logprobs": true, "allow_search_indices": false, "allow_view": true,
                    "allow_fine_tuning": false, "organization": "*", "group": .null, "is_blocking": false,
                ]
            ],
        ]
    }

    func loadAdapter(_ request: Request) async throws -> Response {
        let body = try await body(of: request)
        guard let name = body["lora_name"]?.string, let path = body["lora_path"]?.string, !name.isEmpty, !path.isEmpty
        else { throw adapterError(400, "Both 'lora_name' and 'lora_path' must be provided.") }
        guard flags.hasAdapters else { throw adapterError(400, "LoRA is not enabled: start with --enable-lora.") }
        guard simulated.adapters.add(name, path: path) else {
            throw adapterError(
                400,
                "The lora adapter '\(name)' has already been loaded. If you want to load the adapter in place, set "
                    + "'load_inplace' to True.")
        }
        return Self.text("Success: LoRA adapter '\(name)' added successfully.")
    }

    func unloadAdapter(_ request: Request) async throws -> Response {
        let body = try await body(of: request)
        guard let name = body["lora_name"]?.string, !name.isEmpty else {
            throw adapterError(400, "either 'lora_name' and 'lora_int_id' needs to be provided.")
        }
        guard simulated.adapters.remove(name) else {
            throw adapterError(404, "The lora adapter '\(name)' cannot be found.")
        }
        return Self.text("Success: LoRA adapter '\(name)' removed successfully.")
    }

    private func adapterError(_ status: Int, _ message: String) -> APIError {
        APIError(
            status: status, message: message, type: status == 404 ? "NotFoundError" : "InvalidUserInput",
            parameter: nil)
    }

    // MARK: Tokens

    func tokenize(_ request: Request) async throws -> Response {
        let body = try await body(of: request)
        let tokens: [UInt32]
        if let messages = body["messages"] {
            tokens = try InferenceCall.chat(messages, body, simulated.identity.tokens)
        } else if let prompt = body["prompt"]?.string {
            tokens = simulated.identity.tokens.ids(prompt, body)
        } else {
            throw APIError.missing("prompt", of: body)
        }
        let texts = tokens.map { JSONValue.string(Tokenizer.standard.decode([$0])) }
        return Self.json([
            "count": JSONValue(tokens.count),
            "max_model_len": JSONValue(simulated.identity.configuration.maxModelLength),
            "tokens": .array(tokens.map { JSONValue(Int($0)) }),
            "token_strs": body["return_token_strs"]?.bool == true ? .array(texts) : .null,
        ])
    }

    func detokenize(_ request: Request) async throws -> Response {
        let body = try await body(of: request)
        guard let given = body["tokens"] else { throw APIError.missing("tokens", of: body) }
        let tokens = try InferenceCall.tokens(given)
        return Self.json(["prompt": .string(Tokenizer.standard.decode(tokens))])
    }
}
