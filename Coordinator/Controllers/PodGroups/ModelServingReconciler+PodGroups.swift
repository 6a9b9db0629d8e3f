import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import ServingAPI
import Synchronization

/// How PodGroups reach an API server that may stop or start serving them at any moment.
extension ModelServingReconciler {
    /// Whether the PodGroup is there now. It is not while another one holds its name, or while PodGroups are not
    /// served: the group's pods wait for it, so that none of them is placed alone.
    func createPodGroup(_ group: KubernetesObject) async throws -> Bool {
        do {
            return try await create(.podGroup, group)
        } catch let status as APIStatus where [.notFound, .methodNotAllowed].contains(status.reason) {
            logger.info("Waiting for PodGroups to be served", metadata: ["object": "\(group.key)"])
            return false
        }
    }

    /// Sends a change once for each state of the PodGroup that was seen: the cache may lag behind the answer, and a
    /// server that drops a part of it shall not be asked again and again.
    func updatePodGroup(_ seen: KubernetesObject, _ patch: JSONValue) async throws {
        guard state.withLock({ $0.podGroupPatches.isNews(patch, for: seen) }) else { return }
        do {
            _ = try await writer.patch(.podGroup, seen.key, .json(patch))
            logger.info("Updated PodGroup", metadata: ["object": "\(seen.key)"])
        } catch let status as APIStatus where status.reason == .notFound {
            // It went meanwhile; the informer will say so.
        } catch {
            state.withLock { $0.podGroupPatches.forget(seen.uid) }
            throw error
        }
    }
}

/// The last change sent to each PodGroup, and which state of it that was made for.
struct PodGroupPatches: Sendable {
    private struct Sent: Sendable, Equatable {
        var resourceVersion: String
        var patch: JSONValue
    }

    private var sent: [String: Sent] = [:]

    /// Whether this change was not sent yet; it counts as sent from now on.
    mutating func isNews(_ patch: JSONValue, for seen: KubernetesObject) -> Bool {
        let now = Sent(resourceVersion: seen.resourceVersion, patch: patch)
        return sent.updateValue(now, forKey: seen.uid) != now
    }

    mutating func forget(_ uid: String) { sent[uid] = nil }
}
