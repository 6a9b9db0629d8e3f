import KubernetesAPI

/// Notices that the definition of one custom kind came, went or changed, as long as somebody waits for it.
///
/// What it may not read it does not notice; whoever waits then looks again when the time is over.
struct DefinitionWatch {
    private let client: KubernetesClient
    private let kind: ResourceKind
    /// The version of the definition at the last look; empty where there was none.
    private var known = ""

    init(_ client: KubernetesClient, _ kind: ResourceKind) {
        self.client = client
        self.kind = kind
    }

    /// Waits for a change since the last one this told; false where none came within `limit`.
    mutating func changes(within limit: Duration) async -> Bool {
        let (look, before) = (self, known)
        let now = await withTaskGroup(of: String.self) { group in
            group.addTask {
                try? await Task.sleep(for: limit)
                return before
            }
            if !kind.group.isEmpty { group.addTask { await look.version(otherThan: before) } }
            defer { group.cancelAll() }
            return await group.next() ?? before
        }
        defer { known = now }
        return now != before
    }

    /// There is no definition; false also where that cannot be found out.
    func isMissing() async -> Bool {
        guard !kind.group.isEmpty else { return false }
        let list = try? await client.list(.customResourceDefinition, fieldSelector: selector, form: .metadata)
        return list?.items.isEmpty == true
    }

    private var selector: String { "metadata.name=\(kind.plural).\(kind.group)" }

    private struct Change: Error {
        var version: String
    }

    /// Returns the definition's version once it is another one; the same where the task is cancelled.
    private func version(otherThan before: String) async -> String {
        do {
            let list = try await client.list(.customResourceDefinition, fieldSelector: selector, form: .metadata)
            let now = list.items.first?.resourceVersion ?? ""
            if now != before { return now }
            let selection = WatchSelection(kind: .customResourceDefinition, fieldSelector: selector, form: .metadata)
            try await client.watch(
                selection, from: .after(resourceVersion: list.resourceVersion), timeout: Informer.watchTimeout
            ) { event in
                switch event {
                case .added(let definition), .modified(let definition):
                    throw Change(version: definition.resourceVersion)
                case .deleted: throw Change(version: "")
                case .bookmark: break
                }
            }
        } catch let change as Change {
            return change.version
        } catch {
            // Looking again after the limit finds what this could not see.
        }
        while !Task.isCancelled { try? await Task.sleep(for: Informer.watchTimeout) }
        return before
    }
}
