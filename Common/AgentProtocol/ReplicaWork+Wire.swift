import KVBlocks

/// A replica's work in bytes; engines and prompts in sized parts, so that later fields are skipped.
extension ReplicaWork {
    func write(to writer: inout WireWriter) {
        writer.word(replica)
        writer.flag(isOver)
        let told = engines.prefix(Self.enginesMax)
        writer.count(told.count)
        for engine in told { writer.sized { engine.write(to: &$0) } }
    }

    init(from reader: inout WireReader) throws(WireError) {
        let replica = try reader.word()
        let isOver = try reader.flag("is over")
        let count = try reader.count("an engine count")
        guard count <= Self.enginesMax else { throw .tooLarge(field: "an engine count") }
        var engines: [EngineWork] = []
        for _ in 0..<count {
            var part = try reader.sized()
            engines.append(try EngineWork(from: &part))
        }
        self.init(replica: replica, isOver: isOver, engines: engines)
    }
}

extension EngineWork {
    func write(to writer: inout WireWriter) {
        engine.write(to: &writer)
        writer.word(incarnation)
        writer.count(requests)
        writer.count(pendingTokens)
        let counts = ranks.prefix(Self.ranksMax)
        writer.count(counts.count)
        for count in counts { writer.count(count) }
        let told = prompts.suffix(Self.promptsMax)
        writer.count(told.count)
        for prompt in told { writer.sized { prompt.write(to: &$0) } }
    }

    init(from reader: inout WireReader) throws(WireError) {
        let engine = try EngineID(from: &reader)
        let incarnation = try reader.word()
        let requests = try reader.count("requests under way")
        self.init(
            engine: engine, incarnation: incarnation, requests: requests,
            pendingTokens: try reader.count("pending tokens"))
        let rankCount = try reader.count("a rank count")
        guard rankCount <= Self.ranksMax else { throw .tooLarge(field: "a rank count") }
        for _ in 0..<rankCount { ranks.append(try reader.count("requests of a rank")) }
        let promptCount = try reader.count("a prompt count")
        guard promptCount <= Self.promptsMax else { throw .tooLarge(field: "a prompt count") }
        for _ in 0..<promptCount {
            var part = try reader.sized()
            prompts.append(try Prompt(from: &part))
        }
    }
}

extension EngineWork.Prompt {
    func write(to writer: inout WireWriter) {
        writer.flag(rank != nil)
        if let rank { writer.count(rank) }
        writer.count(marks.count)
        writer.blocks(marks.hashes)
    }

    init(from reader: inout WireReader) throws(WireError) {
        let rank = try reader.flag("has a rank") ? try reader.count("a rank") : nil
        let count = try reader.count("a block count")
        guard let marks = ChainMarks(count: count, hashes: try reader.blocks()) else {
            throw .unknownValue(field: "a chain's marks", UInt64(count))
        }
        self.init(rank: rank, marks: marks)
    }
}
