/// The whole words the stand-in tokenizer knows, and the ones its answers are made of.
enum Words {
    static let all: [String] = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)

    private static let text = """
        the of and to in is that it for on with as are this be at by from or an have was not you your can will they we
        which all one more when their has there what some use other about out up so time them than only its would make
        into two over first no also new each between after before under through during where how many most these those
        then such like way people could even because any work well back much good just very may must should does did
        system assistant user model token prompt answer question request response server client engine node cluster
        device memory cache block prefix batch queue step load pod role group worker leader network link rank layer
        weight gradient tensor matrix vector kernel thread process service router gateway agent coordinator scheduler
        small large fast slow short long high low early late next last same different open close begin end start stop
        read write send receive keep hold move copy find search build test run wait call return change check count
        number value name list table file line word text page part point place side order state case reason result
        problem example method function object class type field event message signal error fault limit size length
        hello world today year month week day hour minute second morning night light dark water fire earth air wind
        river sea mountain forest tree leaf root stone sand field road house door window room city street bird swallow
        swift nest wing feather sky cloud rain snow sun moon star spring summer autumn winter garden flower grass
        help need want know think see look say tell ask give take bring show let put set turn play hear feel try
        learn teach study understand remember forget explain describe compare choose decide plan create design improve
        measure reduce increase share store remove add join split merge follow lead pass reach cross rise fall grow
        quick brown fox jumps lazy dog blue green red white black old young great little own right left true false
        careful brief clear simple complex common special public private local remote free full empty ready busy safe
        always never often sometimes usually here there now again still yet once together apart around across against
        language inference prefill decode attention sequence parallel pipeline throughput latency bandwidth capacity
        policy rule target source version update status health metric label space key lock log trace note record
        hundred thousand million percent degree half quarter third fourth fifth sixth seventh eighth ninth tenth
        book story letter paper pen music song voice sound silence color shape form pattern figure picture image view
        """
}
