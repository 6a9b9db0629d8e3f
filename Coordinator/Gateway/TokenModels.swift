import AgentProtocol
import HTTPWire
import Logging
import NIOCore
import Observability
import Routing

/// Finds the files of the models that are asked for, holds them against the engines' own answers, and says which may be
/// used.
///
/// 1. A model is used for a target only after an engine of it gave the same tokens to every probe.
/// 2. Everything is done anew when files change; engines are asked once a life.
struct TokenModels {
    /// How long an engine may take to answer a probe.
    private static let probeTimeout = Duration.seconds(2)

    private struct Entry {
        var model: LocalModel?
        var trial = ModelTrial()
        var use: Set<LocalPrompt.Kind> = []
        /// Kinds whose difference was told.
        var told: Set<LocalPrompt.Kind> = []
    }

    private let state: GatewayState
    private let trust: TokenTrust
    private let loops: GatewayLoops
    private let logger: Logger
    /// Nil where nobody configured a folder.
    private var folders: FolderModels?
    /// Nil where agents are not asked.
    private var announced: AnnouncedModels?
    private var entries: [TokenTrust.Key: Entry] = [:]

    /// Nil where nobody says where files are.
    init?(_ state: GatewayState, _ loops: GatewayLoops, logger: Logger) {
        guard let trust = state.trust else { return nil }
        self.state = state
        self.trust = trust
        self.loops = loops
        self.logger = logger
        let (count, threads) = (loops.contextCount, state.tokenThreads.count)
        folders = state.configuration.modelFolder.map {
            FolderModels($0, loops: count, threads: threads, logger: logger)
        }
        announced = state.fleet.modelFiles.map {
            AnnouncedModels(loops: count, threads: threads, logger: logger, fetch: $0)
        }
    }

    /// Looks until it is cancelled.
    mutating func run() async {
        while !Task.isCancelled {
            await look()
            try? await Task.sleep(for: state.configuration.modelCheckPeriod)
        }
    }

    private mutating func look() async {
        let wanted = trust.wanted
        let targets = Dictionary(state.routes.targets.map { ($0.id, $0) }) { first, _ in first }
        for key in entries.keys where wanted[key] == nil || targets[key.server] == nil { forget(key) }
        folders?.keep(only: Set(wanted.values))
        let facts = state.fleet.snapshot()
        announced?.keep(
            only: Set(wanted.keys.compactMap { targets[$0.server] }.flatMap { Self.files(of: $0, facts) }.map(\.digest))
        )
        for (key, folder) in wanted {
            guard let target = targets[key.server] else {
                trust.forget(key)
                continue
            }
            await look(key, folder, target)
        }
    }

    private mutating func look(_ key: TokenTrust.Key, _ folder: String, _ target: TargetServer) async {
        let model = await model(folder, target)
        var entry = entries[key] ?? Entry()
        if entry.model !== model { entry = Entry(model: model) }
        if let model {
            await check(model, key, target, &entry)
            show(entry.use, of: key)
        } else if entries[key]?.model != nil {
            hide(key)
        }
        entries[key] = entry
        trust.use(model.map { TokenTrust.Use(model: $0, kinds: entry.use) }, for: key)
    }

    /// The files of the folder, else those that all engines announce that announce any.
    private mutating func model(_ folder: String, _ target: TargetServer) async -> LocalModel? {
        if let model = await folders?.model(folder) { return model }
        let files = Self.files(of: target, state.fleet.snapshot())
        guard let id = files.first, files.count == 1 else { return nil }
        return await announced?.model(id, now: NIODeadline.now().duration)
    }

    private static func files(of target: TargetServer, _ facts: (EngineID) -> EngineFacts?) -> Set<ModelFilesID> {
        Set(target.endpoints.compactMap { facts($0.engine)?.modelFiles })
    }

    private func check(
        _ model: LocalModel, _ key: TokenTrust.Key, _ target: TargetServer, _ entry: inout Entry
    ) async {
        let facts = state.fleet.snapshot()
        let lives = target.endpoints.map {
            ModelTrial.Life(engine: $0.engine, incarnation: facts($0.engine)?.incarnation ?? 0)
        }
        entry.trial.keep(only: lives)
        let ready = target.endpoints.indices.filter { facts(target.endpoints[$0].engine)?.isReady ?? true }
        let now = NIODeadline.now().duration
        if let next = entry.trial.next(ready.map { lives[$0] }, now: now) {
            let endpoint = target.endpoints[ready[next]]
            var findings: [LocalPrompt.Kind: ModelTrial.Finding] = [:]
            for kind in LocalPrompt.Kind.allCases where model.makes(kind) {
                findings[kind] = await finding(model, key.model, kind, endpoint, target)
                if case .differed(let probe) = findings[kind], entry.told.insert(kind).inserted {
                    tell(kind, probe, endpoint, key, model)
                }
            }
            entry.trial.note(findings, of: lives[ready[next]], now: now)
        }
        let use = entry.trial.trusted
        if use != entry.use {
            logger.info(
                "Changed which prompts become tokens here",
                metadata: [
                    "server": "\(target.name)", "model": .string(key.model), "digest": .string(model.digest),
                    "prompts": "\(use.map(\.rawValue).sorted())",
                ])
        }
        entry.use = use
        entry.told.subtract(use)
    }

    private func finding(
        _ model: LocalModel, _ name: String, _ kind: LocalPrompt.Kind, _ endpoint: Endpoint, _ target: TargetServer
    ) async -> ModelTrial.Finding {
        let (loops, key) = (loops, UpstreamKey(endpoint, target.scheme))
        let finding = await TokenCheck(model: model, name: name).finding(kind) { question in
            await loops.ask(TokenQuestion.request(question, to: endpoint, key), timeout: Self.probeTimeout)
        }
        state.metrics.localTokens.checks.add(1, [kind.rawValue, finding.word])
        return finding
    }

    private func tell(
        _ kind: LocalPrompt.Kind, _ probe: String, _ endpoint: Endpoint, _ key: TokenTrust.Key, _ model: LocalModel
    ) {
        logger.warning(
            "Asking engines for tokens, because the model's files give others; give the files that the engine loads",
            metadata: [
                "model": .string(key.model), "engine": "\(endpoint.engine)", "prompts": .string(kind.rawValue),
                "differs": .string(probe), "digest": .string(model.digest),
            ])
    }

    // What a scrape reads.

    private func show(_ use: Set<LocalPrompt.Kind>, of key: TokenTrust.Key) {
        for kind in LocalPrompt.Kind.allCases {
            state.metrics.localTokens.isUsed.set(use.contains(kind) ? 1 : 0, labels(key, kind))
        }
    }

    private func hide(_ key: TokenTrust.Key) {
        for kind in LocalPrompt.Kind.allCases { state.metrics.localTokens.isUsed.remove(labels(key, kind)) }
    }

    private func labels(_ key: TokenTrust.Key, _ kind: LocalPrompt.Kind) -> [String] {
        [key.server.name.description, key.model, kind.rawValue]
    }

    private mutating func forget(_ key: TokenTrust.Key) {
        if entries.removeValue(forKey: key)?.model != nil { hide(key) }
    }
}

extension ModelTrial.Finding {
    /// Its name as a label.
    fileprivate var word: String {
        switch self {
        case .agreed: "agreed"
        case .differed: "differed"
        case .incomparable: "incomparable"
        case .unanswered: "unanswered"
        }
    }
}
