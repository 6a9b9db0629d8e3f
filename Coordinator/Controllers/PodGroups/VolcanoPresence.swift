import KubernetesAPI
import KubernetesClient
import ServingAPI
import Synchronization

/// Whether Volcano places the pods that name it as their scheduler, which may change while the program runs.
package final class VolcanoPresence: Sendable {
    /// Who decides.
    package enum Choice: String, Sendable, CaseIterable {
        /// The cluster: Volcano places where its PodGroups are served.
        case automatic = "auto"
        /// Volcano places in any case, with PodGroups as soon as they are served.
        case yes
        /// This program places, as if Volcano were not there.
        case no
    }

    private let choice: Choice
    private let installed = Mutex<PodGroupSchema?>(nil)

    package init(_ choice: Choice = .automatic) { self.choice = choice }

    /// What PodGroups can say; nil where none are to be made.
    package var schema: PodGroupSchema? { choice == .no ? nil : installed.withLock { $0 } }

    /// Whether pods of Volcano's `schedulerName` are left to it.
    package var places: Bool {
        switch choice {
        case .automatic: installed.withLock { $0 != nil }
        case .yes: true
        case .no: false
        }
    }

    /// Takes a change of the PodGroup definition from an informer; whether that changes anything.
    func observe(_ event: InformerEvent) -> Bool {
        guard event.object.name == PodGroupSchema.definition else { return false }
        var schema = PodGroupSchema(event.object)
        if case .deleted = event { schema = nil }
        return installed.withLock { installed in
            defer { installed = schema }
            return installed != schema
        }
    }
}
