/// Messages in bytes: `M`, the version that brought the message (0 for what no version changes), the kind, the fields.
private enum Kind: UInt8 {
    case hello = 1
    case reports = 2
    case snapshotBegan = 3
    case snapshotEnded = 4
    case heartbeat = 5
    case goodbye = 6
    case piece = 7
    case workOfOthers = 8
    case replicas = 9
    case welcome = 16
    case ack = 17
    case resync = 18
    case whoAreYou = 19
    case refused = 20
    case wants = 21
    case work = 22

    static let mark = UInt8(ascii: "M")
    static let frozen: UInt8 = 0

    /// Hello and refusal are understood before a version is agreed.
    var version: UInt8 {
        switch self {
        case .hello, .refused: Self.frozen
        case .work, .workOfOthers, .replicas: AgentProtocolLimits.workVersion
        default: 1
        }
    }

    func writer() -> WireWriter {
        var writer = WireWriter()
        writer.byte(Self.mark)
        writer.byte(version)
        writer.byte(rawValue)
        return writer
    }

    static func read(_ reader: inout WireReader) throws(WireError) -> Kind {
        guard try reader.byte() == mark else { throw .notThisProtocol }
        let version = try reader.byte()
        guard version == frozen || AgentProtocolLimits.versions.contains(version) else {
            throw .unsupportedVersion(version)
        }
        let value = try reader.byte()
        guard let kind = Kind(rawValue: value) else { throw .unknownValue(field: "a message kind", UInt64(value)) }
        guard version == frozen || kind.version != frozen else { throw .unsupportedVersion(version) }
        return kind
    }
}

extension AgentMessage {
    package var bytes: [UInt8] { bytes(version: AgentProtocolLimits.versions.upperBound) }

    /// As a coordinator of this version of the protocol, or a later one, reads it.
    package func bytes(version: UInt8) -> [UInt8] {
        switch self {
        case .hello(let hello):
            var writer = Kind.hello.writer()
            writer.byte(hello.versions.lowerBound)
            writer.byte(hello.versions.upperBound)
            writer.word(hello.session)
            writer.text(hello.description.id.name)
            writer.word(hello.description.epoch)
            writer.text(hello.description.version)
            writer.flag(hello.description.isStandalone)
            return writer.bytes
        case .item(let session, let sequence, let item): return Self.bytes(of: item, session, sequence, version)
        case .heartbeat(let session, let last):
            var writer = Kind.heartbeat.writer()
            writer.word(session)
            writer.word(last)
            return writer.bytes
        case .goodbye(let session, let reason):
            var writer = Kind.goodbye.writer()
            writer.word(session)
            writer.text(reason)
            return writer.bytes
        case .piece(let session, let piece):
            var writer = Kind.piece.writer()
            writer.word(session)
            piece.write(to: &writer)
            return writer.bytes
        case .work(let session, let work):
            var writer = Kind.workOfOthers.writer()
            writer.word(session)
            work.write(to: &writer)
            return writer.bytes
        case .replicas(let session, let others):
            var writer = Kind.replicas.writer()
            writer.word(session)
            writer.count(others)
            return writer.bytes
        }
    }

    /// `bytes` is a whole message; anything after its fields is ignored.
    package init(bytes: ArraySlice<UInt8>) throws(WireError) {
        guard bytes.count <= AgentProtocolLimits.messageBytesMax else { throw .tooLarge(field: "a message") }
        var reader = WireReader(bytes)
        let kind = try Kind.read(&reader)
        switch kind {
        case .hello: self = .hello(try Hello(from: &reader))
        case .reports, .snapshotBegan, .snapshotEnded:
            let session = try reader.word()
            let sequence = try reader.word()
            self = .item(session: session, sequence: sequence, try Self.item(kind, &reader))
        case .heartbeat:
            let session = try reader.word()
            self = .heartbeat(session: session, last: try reader.word())
        case .goodbye:
            let session = try reader.word()
            let reason = try reader.text("a reason")
            self = .goodbye(session: session, reason: reason)
        case .piece:
            let session = try reader.word()
            self = .piece(session: session, try ModelFilesPiece(from: &reader))
        case .workOfOthers:
            let session = try reader.word()
            self = .work(session: session, try ReplicaWork(from: &reader))
        case .replicas:
            let session = try reader.word()
            self = .replicas(session: session, others: try reader.count("other replicas"))
        case .welcome, .ack, .resync, .whoAreYou, .refused, .wants, .work:
            throw .unknownValue(field: "an agent's message", UInt64(kind.rawValue))
        }
    }

    private static func bytes(
        of item: StreamItem, _ session: UInt64, _ sequence: UInt64, _ version: UInt8
    ) -> [UInt8] {
        let kind: Kind =
            switch item {
            case .reports: .reports
            case .snapshotBegan: .snapshotBegan
            case .snapshotEnded: .snapshotEnded
            }
        var writer = kind.writer()
        writer.word(session)
        writer.word(sequence)
        if case .reports(let reports) = item {
            writer.count(reports.count)
            var subject: CacheSubject?? = version >= AgentProtocolLimits.shortVersion ? .some(nil) : nil
            for report in reports { report.write(to: &writer, after: &subject) }
        }
        return writer.bytes
    }

    private static func item(_ kind: Kind, _ reader: inout WireReader) throws(WireError) -> StreamItem {
        if kind == .snapshotBegan { return .snapshotBegan }
        if kind == .snapshotEnded { return .snapshotEnded }
        let count = try reader.count("a report count")
        guard count <= AgentProtocolLimits.messageBytesMax / 2 else { throw .tooLarge(field: "a report count") }
        var reports: [Report] = []
        var subject: CacheSubject?
        for _ in 0..<count {
            if let report = try Report.read(from: &reader, after: &subject) { reports.append(report) }
        }
        return .reports(reports)
    }
}

extension Hello {
    fileprivate init(from reader: inout WireReader) throws(WireError) {
        let low = try reader.byte()
        let high = try reader.byte()
        guard low <= high else { throw .unknownValue(field: "a version range", UInt64(low)) }
        let session = try reader.word()
        let name = try reader.text("an agent's name", max: AgentID.nameBytesMax)
        guard !name.isEmpty else { throw .unknownValue(field: "an agent's name", 0) }
        let epoch = try reader.word()
        let version = try reader.text("a program version")
        let isStandalone = try reader.flag("is standalone")
        self.init(
            versions: low...high, session: session,
            description: AgentDescription(
                id: AgentID(name), epoch: epoch, version: version, isStandalone: isStandalone))
    }
}

extension CoordinatorMessage {
    package var bytes: [UInt8] {
        switch self {
        case .welcome(let session, let version, let resumeAfter, let credit):
            var writer = Kind.welcome.writer()
            writer.word(session)
            writer.byte(version)
            writer.optional(resumeAfter)
            writer.word(credit)
            return writer.bytes
        case .ack(let session, let sequence, let credit):
            var writer = Kind.ack.writer()
            writer.word(session)
            writer.word(sequence)
            writer.word(credit)
            return writer.bytes
        case .resync(let session, let receivedUpTo):
            var writer = Kind.resync.writer()
            writer.word(session)
            writer.optional(receivedUpTo)
            return writer.bytes
        case .whoAreYou(let session):
            var writer = Kind.whoAreYou.writer()
            writer.word(session)
            return writer.bytes
        case .refused(let session, let reason):
            var writer = Kind.refused.writer()
            writer.word(session)
            writer.text(reason)
            return writer.bytes
        case .wants(let session, let place):
            var writer = Kind.wants.writer()
            writer.word(session)
            place.write(to: &writer)
            return writer.bytes
        case .work(let session, let work):
            var writer = Kind.work.writer()
            writer.word(session)
            work.write(to: &writer)
            return writer.bytes
        }
    }

    package init(bytes: ArraySlice<UInt8>) throws(WireError) {
        guard bytes.count <= AgentProtocolLimits.messageBytesMax else { throw .tooLarge(field: "a message") }
        var reader = WireReader(bytes)
        let kind = try Kind.read(&reader)
        let session = try reader.word()
        switch kind {
        case .welcome:
            let version = try reader.byte()
            let resumeAfter = try reader.optional()
            self = .welcome(
                session: session, version: version, resumeAfter: resumeAfter, creditBytes: try reader.word())
        case .ack:
            let sequence = try reader.word()
            self = .ack(session: session, sequence: sequence, creditBytes: try reader.word())
        case .resync: self = .resync(session: session, receivedUpTo: try reader.optional())
        case .whoAreYou: self = .whoAreYou(session: session)
        case .refused:
            let reason = try reader.text("a reason")
            self = .refused(session: session, reason: reason)
        case .wants: self = .wants(session: session, try ModelFilesPlace(from: &reader))
        case .work: self = .work(session: session, try ReplicaWork(from: &reader))
        case .hello, .reports, .snapshotBegan, .snapshotEnded, .heartbeat, .goodbye, .piece, .workOfOthers, .replicas:
            throw .unknownValue(field: "a coordinator's message", UInt64(kind.rawValue))
        }
    }
}

extension WireWriter {
    fileprivate mutating func optional(_ value: UInt64?) {
        flag(value != nil)
        if let value { word(value) }
    }
}

extension WireReader {
    fileprivate mutating func optional() throws(WireError) -> UInt64? {
        try flag("has a value") ? try word() : nil
    }
}
