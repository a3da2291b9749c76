import { constants } from 'node:os'

/** A signal's number; throws for a name that isn't one. */
export function signalNumber(name: NodeJS.Signals): number {
  const number = constants.signals[name]
  if (number === undefined) throw new RangeError(`${name} is no signal`)
  return number
}

/** Exit status as shells count it: 128 + n when signal n ended the process. */
export const exitCodeOf = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? (signal ? 128 + signalNumber(signal) : 255)
