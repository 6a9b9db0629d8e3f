extension KVEventBatch {
    /// Events of one batch beyond this refuse it: a batch is what one step of an engine changed.
    package static let eventsMax = 1 << 18
    /// Blocks of one event beyond this are not read.
    package static let blocksMax = 1 << 20

    /// Reads the payload of one event message, events as maps (vLLM 0.24 and later, SGLang) or as arrays (before).
    ///
    /// Unknown fields and events are passed over and counted, and so are stored runs that cannot be understood. What is
    /// no MessagePack, or removes blocks without saying which, refuses the whole batch: half of a step is worse than a
    /// known gap.
    package static func decode(_ payload: [UInt8]) throws(MessagePackError) -> KVEventBatch {
        var reader = MessagePackReader(payload)
        let head = try readHead(&reader)
        var batch = KVEventBatch(time: head.time, events: [], rank: nil)
        // An event has a kind, so at least twelve bytes; what is no event has fewer.
        batch.events.reserveCapacity(min(head.eventCount, reader.bytesLeft / 12 + 1))
        for _ in 0..<head.eventCount { try batch.readEvent(&reader) }
        try batch.readTail(&reader, parts: head.parts)
        return batch
    }

    static func readHead(
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> (parts: Int, time: Double, eventCount: Int) {
        let parts = try reader.arrayHeader()
        guard parts >= 2 else { throw MessagePackError("a batch has a time and events", at: reader.position) }
        let time = try reader.double()
        let count = try reader.arrayHeader()
        guard count <= eventsMax else { throw MessagePackError("too many events", at: reader.position) }
        return (parts, time, count)
    }

    /// Reads what comes after the events.
    mutating func readTail(_ reader: inout MessagePackReader, parts: Int) throws(MessagePackError) {
        if parts > 2, !(try reader.skipNull()) { try readRank(&reader) }
        for _ in 3..<max(3, parts) {
            try reader.skip()
            oddFieldCount += 1
        }
        guard reader.isAtEnd else { throw MessagePackError("bytes after the batch", at: reader.position) }
    }

    private mutating func readRank(_ reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.mark
        do throws(MessagePackError) {
            rank = try reader.integer()
        } catch {
            reader.rewind(to: start)
            try reader.skip()
            oddFieldCount += 1
        }
    }

    mutating func readEvent(_ reader: inout MessagePackReader) throws(MessagePackError) {
        switch try reader.peek() {
        case 0x80...0x8F, 0xDE, 0xDF: try readMap(&reader)
        case 0x90...0x9F, 0xDC, 0xDD: try readArray(&reader)
        default:
            try reader.skip()
            unknownCount += 1
        }
    }

    /// The kind may stand anywhere among the members, so the members are read into all kinds' common draft.
    private mutating func readMap(_ reader: inout MessagePackReader) throws(MessagePackError) {
        var draft = EventDraft()
        var kind: EventKind?
        for _ in 0..<(try reader.mapHeader()) {
            guard let name = try reader.name() else {
                try reader.skip()
                try draft.passOver(&reader)
                continue
            }
            guard let field = EventField(reader, name) else {
                try draft.passOver(&reader)
                continue
            }
            if field == .kind, let name = try reader.name() {
                kind = EventKind(reader, name)
            } else {
                try draft.read(field, from: &reader)
            }
        }
        try add(draft, kind, reader)
    }

    private mutating func readArray(_ reader: inout MessagePackReader) throws(MessagePackError) {
        let count = try reader.arrayHeader()
        var draft = EventDraft()
        var kind: EventKind?
        if count > 0 {
            if let name = try reader.name() { kind = EventKind(reader, name) } else { try reader.skip() }
        }
        for index in 0..<max(0, count - 1) {
            if let kind, let field = EventField(at: index, of: kind) {
                try draft.read(field, from: &reader)
            } else {
                try draft.passOver(&reader)
            }
        }
        try add(draft, kind, reader)
    }

    private mutating func add(
        _ draft: consuming EventDraft, _ kind: EventKind?, _ reader: borrowing MessagePackReader
    ) throws(MessagePackError) {
        guard let kind else { return unknownCount += 1 }
        oddFieldCount += draft.oddFieldCount
        if let event = try draft.event(kind, at: reader) { events.append(event) } else { unreadableCount += 1 }
    }
}
