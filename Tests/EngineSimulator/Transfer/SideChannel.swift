import JSONValues

/// How a decode engine fetches blocks from a prefill engine: lines of JSON on the prefill engine's side channel.
///
/// It stands for NIXL's handshake, read and notification: a request for blocks, then the word that they may be freed.
enum SideChannel {
    /// vLLM gives up on a prefill engine that cannot be reached after about so long.
    static let unreachableSeconds = 5.0

    /// A decode engine that meets a prefill engine waits so long for its prompt.
    static let meetingTime = Duration.seconds(10)

    // MARK: The prefill engine

    static func answer(_ lines: inout LineChannel, engine: EngineService, engineID: String) async throws {
        while let request = try await lines.next() {
            guard let name = request["request_id"]?.string, request["engine_id"]?.string == engineID else {
                return try await lines.send(["error": "another engine is asked for"])
            }
            switch request["op"]?.string {
            case "meet":
                let isThere = try await waits(for: name, at: engine)
                guard isThere else { return try await lines.send(["error": "the prompt did not come"]) }
                try await lines.send(["lease": "held"])
            case "read":
                // Blocks whose lease has ended are read all the same: nothing protects against stale ones.
                let lease = await engine.renewLease(name)
                try await lines.send(["lease": lease == .held ? "held" : "expired"])
            case "release":
                await engine.giveBack(name)
                try await lines.send(["released": true])
            default: return try await lines.send(["error": "unknown operation"])
            }
        }
    }

    /// Waits until a prompt is computed that is kept under this id.
    private static func waits(for id: String, at engine: EngineService) async throws -> Bool {
        let deadline = ContinuousClock.now + meetingTime
        while await engine.renewLease(id) == .expired {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(2))
        }
        return true
    }

    // MARK: The decode engine

    /// Fetches blocks; throws, after as long as vLLM would take, when the prefill engine cannot be reached.
    static func pull(_ wanted: BlockPull, calibration: Calibration, timeScale: Double) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(unreachableSeconds * timeScale)
        do {
            try await LineChannel.withConnection(
                host: wanted.source.host, port: wanted.source.port, timeout: .seconds(unreachableSeconds * timeScale)
            ) { lines in
                try await exchange(wanted, &lines, seconds: transferSeconds(wanted, calibration) * timeScale)
            }
        } catch {
            try? await clock.sleep(until: deadline)
            throw error
        }
    }

    private static func transferSeconds(_ wanted: BlockPull, _ calibration: Calibration) -> Double {
        guard wanted.blockCount > 0 else { return 0 }
        return calibration.transferSeconds + Double(wanted.blockCount) * calibration.transferSecondsPerBlock
    }

    private static func exchange(_ wanted: BlockPull, _ lines: inout LineChannel, seconds: Double) async throws {
        func ask(_ operation: String, _ lines: inout LineChannel) async throws {
            try await lines.send([
                "op": .string(operation), "request_id": .string(wanted.source.requestID),
                "engine_id": .string(wanted.source.engineID), "blocks": JSONValue(wanted.blockCount),
            ])
            guard let answer = try await lines.next() else { throw SimulatorError("the prefill engine hung up") }
            if let reason = answer["error"]?.string { throw SimulatorError(reason) }
        }
        if wanted.source.isMeeting { try await ask("meet", &lines) }
        if wanted.blockCount > 0 {
            try await ask("read", &lines)
            if seconds > 0 { try await Task.sleep(for: .seconds(seconds)) }
        }
        try await ask("release", &lines)
    }
}
