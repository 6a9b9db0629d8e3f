import KubernetesAPI
import Logging

/// Keeps an informer's copy equal to the server's objects: lists, watches, and what follows when either fails.
///
/// 1. The list is streamed where the server can do that, so that neither side holds it in one piece; a server that
///    refuses (400, 404, 422), or ends the stream before the list's end, is asked for pages from then on.
/// 2. A watch goes on from the last version that was told; only a server that has forgotten it (410) makes a new list.
/// 3. Nothing is asked twice without a pause that grows while no event comes.
struct InformerLoop {
    let informer: Informer
    let client: KubernetesClient
    let selection: WatchSelection
    let isOptional: Bool
    var backoff: Backoff
    let logger: Logger

    /// What was told so far; nil where a list has to come first.
    private var version: String?
    private var canStream = true
    private var watches = 0

    init(
        informer: Informer, client: KubernetesClient, selection: WatchSelection, isOptional: Bool, backoff: Backoff,
        logger: Logger
    ) {
        self.informer = informer
        self.client = client
        self.selection = selection
        self.isOptional = isOptional
        self.backoff = backoff
        self.logger = logger
    }

    /// Follows until the task is cancelled.
    mutating func run() async {
        var definition = DefinitionWatch(client, selection.kind)
        while !Task.isCancelled {
            do {
                if version == nil, !canStream { try await list() }
                try await watch()
            } catch {
                guard await isGone(error, definition) else {
                    await pause(after: error)
                    continue
                }
                version = nil
                informer.settleAbsent()
                let delay = backoff.next(random: .random(in: 0..<1))
                if await definition.changes(within: delay) { backoff.reset() }
            }
        }
    }

    /// The server says that it has no such kind, which an optional one may be.
    private struct KindAbsent: Error {}

    /// The kind is not there. Some servers answer 503 for what they do not know; then the definition tells.
    private func isGone(_ error: any Error, _ definition: DefinitionWatch) async -> Bool {
        if error is KindAbsent { return true }
        guard isOptional, let code = (error as? APIStatus)?.code, [404, 503].contains(code) else { return false }
        return await definition.isMissing()
    }

    private func isAbsence(_ error: any Error) -> Bool { isOptional && (error as? APIStatus)?.code == 404 }

    private mutating func pause(after error: any Error) async {
        guard !Task.isCancelled else { return }
        let delay = backoff.next(random: .random(in: 0..<1))
        logger.warning("Watch failed, trying again", metadata: ["error": "\(error)", "delay": "\(delay)"])
        try? await Task.sleep(for: delay)
    }

    private mutating func list() async throws {
        do {
            let list = try await client.list(
                selection.kind, namespace: selection.namespace, labelSelector: selection.labelSelector,
                fieldSelector: selection.fieldSelector)
            informer.settle(with: list.items)
            version = list.resourceVersion
        } catch  where isAbsence(error) {
            throw KindAbsent()
        }
    }

    /// Watches until the server ends it; with a streamed list first where nothing was told yet.
    private mutating func watch() async throws {
        let start = ContinuousClock.now
        var events = 0
        // The keys of a streamed list that is not at its end.
        var listed: Set<ObjectKey>? = version == nil ? [] : nil
        do {
            try await client.watch(
                selection, from: version.map { .after(resourceVersion: $0) } ?? .everything,
                timeout: Informer.watchTimeout * Double.random(in: 1..<2)
            ) { event in
                if events == 0 { backoff.reset() }
                events += 1
                take(event, &listed)
            }
        } catch {
            try failed(error, inList: listed != nil)
            return
        }
        if listed != nil {
            logger.debug("Streamed list ended before its end, listing by pages instead")
            canStream = false
            return
        }
        watches += 1
        informer.resync(slice: watches % Informer.resyncSlices)
        // A watch that ends at once and empty, over and over, would be a busy loop.
        if events == 0, ContinuousClock.now - start < .seconds(1) {
            try await Task.sleep(for: backoff.next(random: .random(in: 0..<1)))
        }
    }

    private mutating func take(_ event: WatchEvent, _ listed: inout Set<ObjectKey>?) {
        let told: String
        switch event {
        case .added(let object), .modified(let object):
            listed?.insert(object.key)
            informer.put(object)
            told = object.resourceVersion
        case .deleted(let object):
            listed?.remove(object.key)
            informer.remove(object)
            told = object.resourceVersion
        case .bookmark(let resourceVersion, let endsList):
            if endsList, let keys = listed {
                informer.settle(keeping: keys)
                listed = nil
            }
            told = resourceVersion
        }
        // Until its end a streamed list tells objects in no order of versions.
        if listed == nil, !told.isEmpty { version = told }
    }

    /// Decides how to go on; throws where that is after a pause.
    private mutating func failed(_ error: any Error, inList: Bool) throws {
        guard let code = (error as? APIStatus)?.code else { throw error }
        if inList {
            if isAbsence(error) { throw KindAbsent() }
            guard [400, 404, 422].contains(code) else { throw error }
            logger.debug("Streamed list refused, listing by pages instead", metadata: ["error": "\(error)"])
            canStream = false
            return
        }
        // The version is forgotten, or an optional kind may be gone with its definition: a list tells.
        if code == 410 || isAbsence(error) { version = nil }
        throw error
    }
}
