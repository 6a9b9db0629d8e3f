/// Merges that wait in a long piece: the lowest rank first, the leftmost of equal ones.
struct MergeHeap {
    struct Entry {
        var merge: MergeTable.Merge
        var place: Int32

        func comesBefore(_ other: Entry) -> Bool {
            merge < other.merge || (merge == other.merge && place < other.place)
        }
    }

    private var entries: [Entry] = []

    /// Takes the merges of all places that have one.
    mutating func fill(_ merges: [MergeTable.Merge]) {
        entries.removeAll(keepingCapacity: true)
        for (place, merge) in merges.enumerated() where merge != MergeTable.none {
            entries.append(Entry(merge: merge, place: Int32(place)))
        }
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { sink(index) }
    }

    mutating func push(_ entry: Entry) {
        entries.append(entry)
        var at = entries.count - 1
        while at > 0 {
            let parent = (at - 1) / 2
            if !entries[at].comesBefore(entries[parent]) { break }
            entries.swapAt(at, parent)
            at = parent
        }
    }

    mutating func popFirst() -> Entry? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        if !entries.isEmpty {
            entries[0] = last
            sink(0)
        }
        return first
    }

    private mutating func sink(_ start: Int) {
        var at = start
        while true {
            var least = at
            for child in at * 2 + 1...at * 2 + 2 where child < entries.count {
                if entries[child].comesBefore(entries[least]) { least = child }
            }
            if least == at { return }
            entries.swapAt(at, least)
            at = least
        }
    }
}
