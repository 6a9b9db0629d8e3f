import AgentProtocol
import HTTPWire
import NIOCore
import Observability
import Routing
import Synchronization

extension Exchange {
    /// Finds the prompt's chain where it can change the choice, then decides. Nothing here fails a request: without
    /// tokens it goes by load, and the record says why.
    func findPrompt(of server: TargetServer) {
        guard routing.policy.readsTokens, surface.generates, server.endpoints.count > 1 else {
            record.tokenSource = .notNeeded
            return decide(nil)
        }
        let facts = state.fleet.snapshot()
        let exact = server.endpoints.lazy.compactMap { facts($0.engine) }.first { $0.hasExactCache && $0.blockSize > 0 }
        guard let exact else {
            record.tokenSource = .notNeeded
            return decide(nil)
        }
        let adapter = record.match?.isAdapter == true ? record.model : nil
        let body = self.body
        let source = PromptSource(
            surface, body: body, members: members, model: record.upstreamModel, adapter: adapter,
            blockSize: exact.blockSize)
        guard let source else {
            record.tokenSource = .unavailable
            record.tokenNote = "the prompt is not one text, so its tokens are not known"
            return decide(nil)
        }
        if let chain = state.prompts.find(source.key) {
            record.tokenSource = .cache
            state.metrics.tokenizations.add(1, ["cache"])
            return decide(chain)
        }
        switch source.way {
        case .given(let tokens):
            record.tokenSource = .request
            state.metrics.tokenizations.add(1, ["request"])
            decide(source.chain(tokens, blockSize: exact.blockSize))
        case .ask(let request):
            let isMade = makeTokens(source, server, blockSize: exact.blockSize) { [weak self] in
                self?.ask(server, facts, request, source, blockSize: exact.blockSize)
            }
            if !isMade { ask(server, facts, request, source, blockSize: exact.blockSize) }
        }
    }

    private func ask(
        _ server: TargetServer, _ facts: (EngineID) -> EngineFacts?, _ body: [UInt8], _ source: PromptSource,
        blockSize: Int
    ) {
        guard let endpoint = tokenizer(of: server, facts) else { return tokensFailed("no engine is ready") }
        let asked = NIODeadline.now()
        let request = TokenQuestion.request(body, to: endpoint, key(of: endpoint), id: record.id)
        let leg = CollectedLeg(
            request, pool: context.pool, loop: context.loop, timeout: configuration.tokenizeTimeout
        ) { [weak self] result in
            guard let self else { return }
            self.collected = nil
            self.countTokenization((try? result.get())?.head.status, asked: asked)
            switch result {
            case .success(let answer):
                guard answer.head.status == 200,
                    let tokens = TokenArray.ofTokenizeResponse(answer.body.span)
                else { return self.tokensFailed("\(endpoint.engine) answered \(answer.head.status) to /tokenize") }
                let chain = source.chain(tokens, blockSize: blockSize)
                self.state.prompts.insert(chain, for: source.key)
                self.record.tokenSource = .engine
                self.state.metrics.tokenizations.add(1, ["engine"])
                self.decide(chain)
            case .failure(let failure):
                self.tokensFailed("\(endpoint.engine) did not tokenise the prompt: \(failure.text)")
            }
        }
        collected = leg
        leg.start()
    }

    private func tokensFailed(_ note: String) {
        record.tokenSource = .unavailable
        record.tokenNote = note + "; routed by load"
        state.metrics.tokenizations.add(1, ["failed"])
        decide(nil)
    }

    /// The ready engine with the fewest requests of ours.
    private func tokenizer(of server: TargetServer, _ facts: (EngineID) -> EngineFacts?) -> Endpoint? {
        let now = NIODeadline.now().duration
        let inFlight = state.inFlight.withLock { $0 }
        let ready = server.endpoints.filter { endpoint in
            facts(endpoint.engine)?.isReady ?? true && !inFlight.isEjected(endpoint.engine, now: now)
        }
        return ready.min { inFlight.requests($0.engine) < inFlight.requests($1.engine) }
    }
}
