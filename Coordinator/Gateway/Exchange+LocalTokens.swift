import HTTPWire
import NIOCore
import Observability
import Routing

extension Exchange {
    /// Makes the tokens of the prompt here: at once where it is short, on a thread where it would hold the loop up.
    /// False where an engine has to be asked; `otherwise` asks it later.
    func makeTokens(
        _ source: PromptSource, _ server: TargetServer, blockSize: Int, otherwise: @escaping () -> Void
    ) -> Bool {
        guard let prompt = source.local, let model = localModel(prompt.kind, server) else { return false }
        let metrics = state.metrics.localTokens
        let start = NIODeadline.now()
        if prompt.byteCount <= configuration.loopPromptBytesMax {
            guard let tokens = model.tokens(of: prompt, loop: context.number) else { return false }
            let chain = source.chain(tokens, blockSize: blockSize)
            metrics.loopSeconds.observe(NIODeadline.now().milliseconds(since: start) / 1_000)
            take(chain, source)
            return true
        }
        let loop = context.loop
        let waiting = NIOLoopBound((exchange: self, otherwise: otherwise), eventLoop: loop)
        return state.tokenThreads.run { isRunning in
            let tokens = isRunning ? model.tokens(ofLong: prompt) : nil
            let chain = tokens.map { source.chain($0, blockSize: blockSize) }
            metrics.threadSeconds.observe(NIODeadline.now().milliseconds(since: start) / 1_000)
            loop.execute {
                let (exchange, otherwise) = waiting.value
                guard !exchange.isDone else { return }
                if let chain { exchange.take(chain, source) } else { otherwise() }
            }
        }
    }

    private func localModel(_ kind: LocalPrompt.Kind, _ server: TargetServer) -> LocalModel? {
        guard let trust = state.trust else { return nil }
        return trust.model(
            for: TokenTrust.Key(server: server.id, model: record.upstreamModel), kind,
            folder: server.model ?? record.upstreamModel)
    }

    private func take(_ chain: PromptChain, _ source: PromptSource) {
        state.prompts.insert(chain, for: source.key)
        record.tokenSource = .local
        state.metrics.tokenizations.add(1, ["local"])
        decide(chain)
    }
}
