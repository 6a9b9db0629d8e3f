import KVBlocks

/// Which rank in which life of an engine a cache report is about.
struct CacheSubject: Hashable {
    var engine: EngineID
    var rank: Int
    var incarnation: UInt64
}

/// Reports in bytes: a kind, then a sized part, so that a reader skips kinds and later fields it does not know.
extension Report {
    /// Added to the kind of a cache report that is about the same as the one before it in the message, which then need
    /// not be said: most of what an engine's step takes on the link.
    private static let again: UInt8 = 0x40

    private enum Kind: UInt8 {
        case engine = 1
        case engineGone = 2
        case load = 3
        case stored = 4
        case removed = 5
        case cleared = 6

        var isOfCache: Bool {
            switch self {
            case .stored, .removed, .cleared: true
            case .engine, .engineGone, .load: false
            }
        }
    }

    /// Models or adapters one engine may name; the rest is left out, so that a description fits a message.
    static let namesMax = 512
    /// Blocks of one report; `pieces` cuts larger ones.
    static let blocksMax = 4096

    /// `subject` is that of the cache report before in the message; nil for a reader of the first version, which wants
    /// it said each time.
    func write(to writer: inout WireWriter, after subject: inout CacheSubject??) {
        switch self {
        case .engine(let description):
            writer.byte(Kind.engine.rawValue)
            writer.sized { description.write(to: &$0) }
        case .engineGone(let id):
            writer.byte(Kind.engineGone.rawValue)
            writer.sized { id.write(to: &$0) }
        case .load(let id, let load):
            writer.byte(Kind.load.rawValue)
            writer.sized { part in
                id.write(to: &part)
                load.write(to: &part)
            }
        case .cache(let id, let rank, let incarnation, let event):
            let own = CacheSubject(engine: id, rank: rank, incarnation: incarnation)
            if subject == .some(.some(own)) {
                writer.byte(Self.kind(of: event).rawValue | Self.again)
                return writer.sized { Self.write(event, to: &$0) }
            }
            if subject != nil { subject = .some(own) }
            writer.byte(Self.kind(of: event).rawValue)
            writer.sized { part in
                id.write(to: &part)
                part.count(rank)
                part.word(incarnation)
                Self.write(event, to: &part)
            }
        }
    }

    /// Nil for a kind of report or of engine that a later version added.
    static func read(
        from reader: inout WireReader, after subject: inout CacheSubject?
    ) throws(WireError) -> Report? {
        let byte = try reader.byte()
        var part = try reader.sized()
        if byte & again != 0 {
            guard let kind = Kind(rawValue: byte & ~again), kind.isOfCache else { return nil }
            guard let subject else { throw .unknownValue(field: "a report without a subject", UInt64(byte)) }
            return .cache(
                subject.engine, rank: subject.rank, incarnation: subject.incarnation, try event(kind, &part))
        }
        guard let kind = Kind(rawValue: byte) else { return nil }
        switch kind {
        case .engine: return try EngineDescription(from: &part).map { .engine($0) }
        case .engineGone: return .engineGone(try EngineID(from: &part))
        case .load:
            let id = try EngineID(from: &part)
            return .load(id, try EngineLoad(from: &part))
        case .stored, .removed, .cleared:
            let id = try EngineID(from: &part)
            let rank = try part.count("a rank")
            let incarnation = try part.word()
            subject = CacheSubject(engine: id, rank: rank, incarnation: incarnation)
            return .cache(id, rank: rank, incarnation: incarnation, try event(kind, &part))
        }
    }

    private static func kind(of event: KVEvent) -> Kind {
        switch event {
        case .stored: .stored
        case .removed: .removed
        case .cleared: .cleared
        }
    }

    private static func write(_ event: KVEvent, to part: inout WireWriter) {
        switch event {
        case .stored(let parent, let blocks, let tier):
            part.flag(parent != nil)
            if let parent { part.word(parent.value) }
            part.byte(tier.rawValue)
            part.blocks(blocks)
        case .removed(let blocks, let tier):
            part.byte(tier.rawValue)
            part.blocks(blocks)
        case .cleared: break
        }
    }

    private static func event(_ kind: Kind, _ part: inout WireReader) throws(WireError) -> KVEvent {
        switch kind {
        case .stored:
            let parent = try part.flag("has a parent") ? BlockHash(try part.word()) : nil
            let tier = try tier(&part)
            return .stored(parent: parent, blocks: try part.blocks(), tier: tier)
        case .removed:
            let tier = try tier(&part)
            return .removed(blocks: try part.blocks(), tier: tier)
        case .cleared: return .cleared
        case .engine, .engineGone, .load: throw .unknownValue(field: "a cache event", UInt64(kind.rawValue))
        }
    }

    private static func tier(_ part: inout WireReader) throws(WireError) -> KVTier {
        let value = try part.byte()
        guard let tier = KVTier(rawValue: value) else { throw .unknownValue(field: "a tier", UInt64(value)) }
        return tier
    }

    /// The same fact in reports of at most `blocksMax` blocks each.
    var pieces: [Report] {
        guard case .cache(let id, let rank, let incarnation, let event) = self else { return [self] }
        switch event {
        case .stored(let parent, let blocks, let tier) where blocks.count > Self.blocksMax:
            return stride(from: 0, to: blocks.count, by: Self.blocksMax).map { start in
                let part = Array(blocks[start..<min(blocks.count, start + Self.blocksMax)])
                let before = start == 0 ? parent : blocks[start - 1]
                return .cache(
                    id, rank: rank, incarnation: incarnation, .stored(parent: before, blocks: part, tier: tier))
            }
        case .removed(let blocks, let tier) where blocks.count > Self.blocksMax:
            return stride(from: 0, to: blocks.count, by: Self.blocksMax).map { start in
                let part = Array(blocks[start..<min(blocks.count, start + Self.blocksMax)])
                return .cache(id, rank: rank, incarnation: incarnation, .removed(blocks: part, tier: tier))
            }
        case .stored, .removed, .cleared: return [self]
        }
    }
}
