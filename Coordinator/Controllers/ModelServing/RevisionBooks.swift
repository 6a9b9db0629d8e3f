import KubernetesAPI
import ServingAPI

/// The revision book of each ModelServing, made anew only when its spec or its ControllerRevisions changed.
struct RevisionBooks: Sendable {
    private struct Entry: Sendable {
        var generation: Int
        var rollsOnPlacement: Bool
        /// UIDs of ControllerRevisions that exist, and of those being deleted.
        var stored: Set<String>
        var deleted: Set<String>
        var book: RevisionBook
    }

    private var entries: [String: Entry] = [:]
    private var revisions: [String: [String: StoredRevision]] = [:]

    /// The book of a ModelServing with the ControllerRevisions it has now.
    mutating func book(
        of serving: ModelServing, _ objects: [KubernetesObject], status: ModelServingStatus
    ) -> RevisionBook {
        let generation = serving.object.generation
        let stored = Set(objects.map(\.uid))
        let deleted = Set(objects.filter(\.isBeingDeleted).map(\.uid))
        if let entry = entries[serving.uid], generation > 0, entry.generation == generation,
            entry.rollsOnPlacement == serving.rollsOnPlacement, entry.stored == stored, entry.deleted == deleted
        {
            return entry.book
        }
        let known = revisions[serving.uid] ?? [:]
        var parsed: [String: StoredRevision] = [:]
        for object in objects {
            let isKnown = known[object.uid]?.isBeingDeleted == object.isBeingDeleted
            parsed[object.uid] = isKnown ? known[object.uid] : StoredRevision(object, serving: serving.key.name)
        }
        revisions[serving.uid] = parsed
        let book = RevisionBook(serving, stored: Array(parsed.values), status: status)
        entries[serving.uid] = Entry(
            generation: generation, rollsOnPlacement: serving.rollsOnPlacement, stored: stored, deleted: deleted,
            book: book)
        return book
    }

    mutating func forget(_ serving: String) {
        entries[serving] = nil
        revisions[serving] = nil
    }
}
