/// Changes of a scanned object's members, applied by splicing bytes: whatever is not named stays as it was written.
package struct JSONEdits: Sendable {
    private enum Change: Sendable {
        case set([UInt8])
        case remove
    }

    private var changes: [(key: JSONMembers.Key, change: Change)] = []

    package init() {}

    package var isEmpty: Bool { changes.isEmpty }

    /// Gives a member this JSON value. Where the name is repeated, every one gets it; where it is absent, it is added
    /// last.
    package mutating func set(_ key: JSONMembers.Key, _ json: [UInt8]) { replace(key, .set(json)) }

    /// Removes every member of this name.
    package mutating func remove(_ key: JSONMembers.Key) { replace(key, .remove) }

    private mutating func replace(_ key: JSONMembers.Key, _ change: Change) {
        changes.removeAll { $0.key == key }
        changes.append((key, change))
    }

    /// The body with the changes made.
    package func apply(to body: Span<UInt8>, _ members: JSONMembers) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(body.count + 256)
        var copied = 0
        func copy(to end: Int) {
            guard end > copied else { return }
            unsafe body.extracting(copied..<end).withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
        }
        let removed = removedRanges(members)
        var kept = members.count
        for member in members.members {
            switch changes.first(where: { $0.key == member.key })?.change {
            case .set(let json):
                copy(to: member.value.lowerBound)
                output.append(contentsOf: json)
                copied = member.value.upperBound
            case .remove:
                kept -= 1
                if let range = removed[member.ordinal] {
                    copy(to: range.lowerBound)
                    copied = max(copied, range.upperBound)
                }
            case nil: break
            }
        }
        copy(to: members.close)
        copied = max(copied, members.close)
        for case (let key, .set(let json)) in changes where members[key] == nil {
            if kept > 0 { output.append(UInt8(ascii: ",")) }
            kept += 1
            output.append(contentsOf: JSONText.quoted(key.text))
            output.append(UInt8(ascii: ":"))
            output.append(contentsOf: json)
        }
        copy(to: body.count)
        return output
    }

    /// What to cut for each removed member, by ordinal: the member and the comma after it; of a run of removed
    /// members at the object's end the whole run with the comma before it.
    private func removedRanges(_ members: JSONMembers) -> [Int: Range<Int>] {
        var doomed: [Int: JSONMembers.Member] = [:]
        for case (let key, .remove) in changes {
            for member in members.members where member.key == key { doomed[member.ordinal] = member }
        }
        var ranges: [Int: Range<Int>] = [:]
        for (ordinal, member) in doomed {
            if let comma = member.commaAfter { ranges[ordinal] = member.start..<comma + 1 }
        }
        guard let last = doomed[members.count - 1] else { return ranges }
        var first = last
        while let before = doomed[first.ordinal - 1] {
            ranges[first.ordinal] = nil
            first = before
        }
        ranges[first.ordinal] = (first.commaBefore ?? first.start)..<last.value.upperBound
        return ranges
    }
}
