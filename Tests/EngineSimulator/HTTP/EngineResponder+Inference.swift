import HTTPTypes
import Hummingbird
import JSONValues
import NIOCore
import Observability

extension EngineResponder {
    private static let requestID = HTTPField.Name("X-Request-Id")
    private static let sessionID = HTTPField.Name("X-Session-ID")

    /// Answers a completion or chat request.
    func infer(_ surface: InferenceCall.Surface, _ request: Request, _ context: Context) async throws -> Response {
        let body = try await body(of: request)
        if await simulated.engine.death != nil { throw APIError.engineDead }
        let limits = InferenceCall.Limits(
            models: flags.servedNames + simulated.adapters.all.map(\.name),
            modelLengthMax: simulated.identity.configuration.maxModelLength, tokens: simulated.identity.tokens)
        var call = try InferenceCall(body, surface: surface, limits: limits)
        if let session = Self.sessionID.flatMap({ request.headers[$0] }) { call.sessionID = session }
        let name = Self.requestID.flatMap { request.headers[$0] } ?? Identifiers.hexadecimal(16)
        let form = ReplyForm(
            call: call, id: "\(surface.prefix)-\(name)", created: Int(WallClock.microseconds / 1_000_000),
            blockSize: simulated.identity.configuration.blockSize, showsPromptDetails: flags.showsPromptDetails)
        let transfer = try await transferPart(of: call)
        let requests = engineRequests(form, transfer)
        let submitted: (ids: [Int], outputs: AsyncStream<SequenceOutput>)
        do {
            submitted = try await simulated.engine.submit(requests)
        } catch {
            throw APIError.engineDead
        }
        let run = InferenceRun(
            form: form, ids: submitted.ids, outputs: submitted.outputs, responder: self, channel: context.channel)
        return call.isStreamed ? run.streamed() : try await run.whole()
    }

    /// Reads `kv_transfer_params`; of some the real engine's process dies.
    private func transferPart(of call: InferenceCall) async throws -> TransferPart {
        switch TransferParameters.read(call.transfer, settings: flags.kvTransfer) {
        case .part(let part): return part
        case .meeting(let transferID, let engineID, let address):
            guard let place = try? await BootstrapServer.find(engineID, at: address) else { throw APIError.engineDead }
            return .pulls(
                RemotePrefill(
                    engineID: engineID, requestID: transferID, host: place.host, port: place.port, blockIDs: [],
                    isMeeting: true))
        case .fatal(let reason):
            await simulated.engine.die(reason)
            // The request never gets an answer: the process ends under it.
            try await Task.sleep(for: .seconds(3600))
            throw APIError.engineDead
        }
    }

    private func engineRequests(_ form: ReplyForm, _ transfer: TransferPart) -> [EngineRequest] {
        let call = form.call
        return call.prompts.enumerated().map { index, prompt in
            let suffix = Identifiers.hexadecimal(8)
            let name = call.surface == .chat ? "\(form.id)-\(suffix)" : "\(form.id)-\(index)-\(suffix)"
            var request = EngineRequest(name: name, prompt: prompt, maxTokens: call.maxTokens)
            request.minTokens = call.minTokens
            request.ignoresEnd = call.ignoresEnd
            request.seed = call.seed
            request.adapter = simulated.adapters[call.model]
            request.salt = call.salt
            request.sessionID = call.sessionID
            request.reportsHits = call.reportsHits
            request.transfer = transfer
            return request
        }
    }

    func transferObject(_ lent: LentBlocks?) -> JSONValue {
        guard let lent, let side = simulated.identity.sideChannel else { return .null }
        return TransferParameters.write(
            lent, engineID: simulated.engineID, host: side.host, port: simulated.sideChannelPort,
            tensorParallel: flags.tensorParallel)
    }
}
