/// Engines in bytes.
extension EngineID {
    func write(to writer: inout WireWriter) {
        writer.text(namespace)
        writer.text(pod)
        writer.count(port)
    }

    init(from reader: inout WireReader) throws(WireError) {
        let namespace = try reader.text("a namespace")
        let pod = try reader.text("a pod's name")
        self.init(namespace: namespace, pod: pod, port: try reader.count("a port"))
    }
}

extension EngineDescription {
    func write(to writer: inout WireWriter) {
        id.write(to: &writer)
        writer.text(podUID)
        writer.text(node)
        writer.text(host)
        writer.text(kind.rawValue)
        writer.word(incarnation)
        writer.flag(isReady)
        writer.texts(models, max: Report.namesMax)
        writer.texts(adapters, max: Report.namesMax)
        writer.count(rankCount)
        writer.count(blockSize)
        writer.count(blockCount)
        writer.flag(hasExactCache)
        writer.flag(modelFiles != nil)
        modelFiles?.write(to: &writer)
    }

    /// Nil where the engine's kind is unknown: a later version added it, and nothing of the engine can be used.
    init?(from reader: inout WireReader) throws(WireError) {
        let id = try EngineID(from: &reader)
        let podUID = try reader.text("a pod's UID")
        let node = try reader.text("a node")
        let host = try reader.text("a host")
        let kindName = try reader.text("an engine kind")
        guard let kind = EngineKind(rawValue: kindName) else { return nil }
        self.init(
            id: id, podUID: podUID, node: node, host: host, kind: kind, incarnation: try reader.word())
        isReady = try reader.flag("is ready")
        models = try reader.texts("models", max: Report.namesMax)
        adapters = try reader.texts("adapters", max: Report.namesMax)
        rankCount = try reader.count("a rank count")
        blockSize = try reader.count("a block size")
        blockCount = try reader.count("a block count")
        hasExactCache = try reader.flag("has an exact cache")
        // What follows is not said by earlier versions.
        guard !reader.isAtEnd else { return }
        if try reader.flag("has files") { modelFiles = try ModelFilesID(from: &reader) }
    }
}

extension EngineLoad {
    func write(to writer: inout WireWriter) {
        writer.count(running)
        writer.count(waiting)
        for value in [cacheUsage, prefillSecondsPerToken, timeToFirstToken, timePerOutputToken] {
            writer.fraction(value)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init()
        running = try reader.count("running requests")
        waiting = try reader.count("waiting requests")
        cacheUsage = try reader.fraction("cache usage")
        prefillSecondsPerToken = try reader.fraction("prefill time")
        timeToFirstToken = try reader.fraction("time to first token")
        timePerOutputToken = try reader.fraction("time per output token")
    }
}
