import CNVML

/// The functions of one opened library, each looked up once. Used on one thread.
@safe final class NVMLFunctions {
    /// Where the library is looked for: where the loader looks, then where driver containers and clouds put it.
    static let places: [String] =
        ["libnvidia-ml.so.1", "libnvidia-ml.so"]
        + [
            "/run/nvidia/driver/usr/lib64", "/run/nvidia/driver/usr/lib/x86_64-linux-gnu",
            "/run/nvidia/driver/usr/lib/aarch64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
            "/home/kubernetes/bin/nvidia/lib64",
        ].map { "\($0)/libnvidia-ml.so.1" }

    let library: DynamicLibrary
    /// Addresses of functions, 0 for one that the library lacks.
    private var found: [String: UInt] = [:]

    /// Opens the library. Throws `.unusable` where it lacks what nothing works without.
    init(places: [String]) throws(LibraryProblem) {
        library = try DynamicLibrary(anyOf: places)
        let essential = [
            NVML.initialise.names + NVML.initialiseOlder.names, NVML.shutDown.names, NVML.count.names,
            NVML.handle.names, NVML.uuid.names,
        ]
        for names in essential where unsafe library.symbol(names) == nil {
            library.close()
            throw .unusable("\(library.path) has no function \(names[0])")
        }
    }

    func find<Signature>(_ symbol: NVMLSymbol<Signature>) -> Signature? {
        let address = found[symbol.name] ?? UInt(bitPattern: unsafe library.symbol(symbol.names))
        found[symbol.name] = address
        return address == 0 ? nil : unsafe unsafeBitCast(address, to: Signature.self)
    }

    /// Starts the library, also where it sees no GPU.
    func initialise() -> NVMLReturn {
        if let function = find(NVML.initialise) { return NVMLReturn(function.call(UInt32(nvml_init_no_gpus))) }
        guard let function = find(NVML.initialiseOlder) else { return .functionNotFound }
        return NVMLReturn(function.call())
    }

    /// Ends the library's work and unloads it; every handle is dead afterwards.
    func shutDownAndClose() {
        if let function = find(NVML.shutDown) { _ = function.call() }
        library.close()
    }

    func text(_ symbol: NVMLSymbol<NVMLSignatures.ReadSystemText>) -> String? {
        guard let function = find(symbol) else { return nil }
        var bytes = [CChar](repeating: 0, count: nvml_version_length)
        let code = unsafe function.call(&bytes, UInt32(bytes.count))
        return code == nvml_success ? CText.string(bytes) : nil
    }

    /// The newest CUDA that the driver runs, as `12.8`.
    var cudaVersion: String? {
        var version: Int32 = 0
        guard let function = find(NVML.cudaVersion), unsafe function.call(&version) == nvml_success else {
            return nil
        }
        return "\(version / 1_000).\(version % 1_000 / 10)"
    }

    /// How many GPUs there are, or why that is not known.
    func deviceCount() -> Result<UInt32, NVMLProblem> {
        var count: UInt32 = 0
        guard let function = find(NVML.count) else { return .failure(NVMLProblem(.functionNotFound)) }
        let code = NVMLReturn(unsafe function.call(&count))
        return code.meaning == .ok ? .success(count) : .failure(NVMLProblem(code))
    }

    func device(at index: UInt32) -> Result<NVMLHandle, NVMLProblem> {
        var device: OpaquePointer?
        guard let function = find(NVML.handle) else { return .failure(NVMLProblem(.functionNotFound)) }
        let code = NVMLReturn(unsafe function.call(index, &device))
        guard code.meaning == .ok, let device = unsafe device else { return .failure(NVMLProblem(code)) }
        return .success(unsafe NVMLHandle(device))
    }
}

/// An answer that ends what was being done.
struct NVMLProblem: Error, Hashable {
    var code: NVMLReturn
    init(_ code: NVMLReturn) { self.code = code }
}

/// A handle of the library: valid until the library is closed, used only in its calls.
@safe struct NVMLHandle: Sendable {
    /// Tells handles apart, and is the handle itself.
    let bits: UInt

    init(_ pointer: OpaquePointer) { bits = UInt(bitPattern: pointer) }

    var pointer: OpaquePointer? { unsafe OpaquePointer(bitPattern: bits) }
}

/// Text that a C function has written.
enum CText {
    /// Up to the first zero, or all of it.
    static func string(_ bytes: some Sequence<CChar>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
