import CNVML

/// What calls about one device answer in one pass.
///
/// 1. After an answer that ends it (the device is lost, the library is dead) no call is made any more.
/// 2. What did not answer is kept under the function's name, with the reason.
@safe struct NVMLAnswers {
    let functions: NVMLFunctions
    let handle: NVMLHandle
    private(set) var unanswered: [String: NVMLReturn] = [:]
    private(set) var successCount = 0
    /// The answer that ended the pass.
    private(set) var end: NVMLReturn?

    init(_ functions: NVMLFunctions, _ handle: NVMLHandle) {
        self.functions = functions
        self.handle = handle
    }

    /// Whether nothing was answered but errors that nobody explains: the driver has gone, or the system has taken the
    /// device nodes away.
    var isAllUnknown: Bool { successCount == 0 && unanswered.values.contains(.unknown) }

    /// Whether the system answers for the device and never lets this process.
    var isBlocked: Bool { successCount == 0 && unanswered.values.contains { $0.meaning == .blocked } }

    /// Calls a function; its answer, without a note of what did not answer.
    mutating func code<Signature>(_ symbol: NVMLSymbol<Signature>, _ call: (Signature, NVMLHandle) -> Int32)
        -> NVMLReturn
    {
        if let end { return end }
        guard let function = functions.find(symbol) else { return .functionNotFound }
        let code = NVMLReturn(call(function, handle))
        switch code.meaning {
        case .ok: successCount += 1
        case .deviceLost: end = code
        // Some drivers answer so for ever for single values that they should have.
        case .needsReopen where code != .unknown: end = code
        case .needsReopen, .absent, .blocked: break
        }
        return code
    }

    /// Calls a function; whether it answered.
    mutating func ask<Signature>(_ symbol: NVMLSymbol<Signature>, _ call: (Signature, NVMLHandle) -> Int32) -> Bool {
        if end != nil { return false }
        let code = code(symbol, call)
        if code.meaning != .ok { unanswered[symbol.name] = code }
        return code.meaning == .ok
    }

    /// Forgets that a function did not answer, where an older one has.
    mutating func forget(_ name: String) { unanswered[name] = nil }

    /// Ends the pass: no call is made any more.
    mutating func end(with code: NVMLReturn) { end = code }

    mutating func note(_ name: String, _ code: NVMLReturn) { unanswered[name] = code }

    mutating func word(_ symbol: NVMLSymbol<NVMLSignatures.ReadWord>) -> UInt32? {
        var value: UInt32 = 0
        return ask(symbol) { unsafe $0.call($1.pointer, &value) } ? value : nil
    }

    mutating func word(_ symbol: NVMLSymbol<NVMLSignatures.ReadWordOf>, of which: UInt32) -> UInt32? {
        var value: UInt32 = 0
        return ask(symbol) { unsafe $0.call($1.pointer, which, &value) } ? value : nil
    }

    mutating func long(_ symbol: NVMLSymbol<NVMLSignatures.ReadLong>) -> UInt64? {
        var value: UInt64 = 0
        return ask(symbol) { unsafe $0.call($1.pointer, &value) } ? value : nil
    }

    mutating func text(_ symbol: NVMLSymbol<NVMLSignatures.ReadText>, length: Int) -> String? {
        var bytes = [CChar](repeating: 0, count: length)
        guard ask(symbol, { unsafe $0.call($1.pointer, &bytes, UInt32(length)) }) else { return nil }
        return CText.string(bytes)
    }

    /// Reads a structure, `empty` to begin with.
    mutating func structure<Value>(_ symbol: NVMLSymbol<NVMLSignatures.ReadStructure>, _ empty: Value) -> Value? {
        var value = empty
        return ask(symbol) { function, device in
            unsafe withUnsafeMutablePointer(to: &value) { unsafe function.call(device.pointer, $0) }
        } ? value : nil
    }
}
