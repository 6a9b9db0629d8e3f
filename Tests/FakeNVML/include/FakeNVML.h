// A library with the binary interface of NVIDIA's management library and machines of its own making.
//
// A test copies the built library to a folder as `libnvidia-ml.so.1` and says beside it, in a file named `scenario`, what
// the machine is. The file is read at every call, so a change takes effect at once. One statement a line:
//
//   shape NAME                    dgx-a100 dgx-h100 dgx-h200 dgx-b200 nvl72 a100-bridged l40s; must come first
//   gpus N                        fewer or more GPUs than the shape has, 16 at most
//   set GPU|* KEY VALUE           one value of a GPU (names in scenario.c), e.g. `set 3 temperature 91`
//   cluster HEX                   32 digits, the fabric's cluster
//   driver TEXT                   the driver's version
//   return SYMBOL CODE [GPU]      a call's answer; SYMBOL may be *
//   field ID CODE [GPU]           a field's own answer
//   version SYMBOL N              the highest structure version the call takes
//   hang SYMBOL                   the call does not come back while this line stands
//   unloaded CODE                 the driver is away: initialisation answers 9, every other call CODE
//   load N                        a driver loaded anew: handles from before answer 15 until the next initialisation
//   process GPU PID BYTES [GI CI] a process on a GPU
//   event N GPU TYPE DATA [GI CI] an event, delivered once; N rises. TYPE and DATA in decimal or 0x
//
// Misuse (a handle from before an initialisation, a call without one) is written to a file `violations`.
#ifndef MARTLET_FAKE_NVML_H
#define MARTLET_FAKE_NVML_H
#endif
