/**
 * A process that writes to the store at `argv[2]` until it is killed or refused. Each write is of two keys, `/left/n` and
 * `/right/n`; each line of its output is the `n` of one that was acknowledged, or the code of the error that ended it.
 */
import { isStoreError } from '../errors.ts'
import type { StoreError } from '../errors.ts'
import { openSqliteStore } from '../open.ts'

const WRITERS = 16
const store = await openSqliteStore(process.argv[2] as string)
const text = Buffer.alloc(1000, 'x')
let next = store.count('/left/')

/** Waits for a reader who is slow, as a pipe of Node's own does; one that is written to directly fails instead. */
const say = (word: number | string, said?: () => void): boolean => process.stdout.write(`${word}\n`, said)

async function writer(): Promise<void> {
  for (;;) {
    const number = next++
    const value = (revision: number): Buffer => Buffer.concat([Buffer.from(`${number} at ${revision} `), text])
    await store.write([`/left/${number}`, `/right/${number}`].map((key) => ({ key, expected: 0, value })))
    say(number)
  }
}

try {
  await Promise.all(Array.from({ length: WRITERS }, writer))
} catch (error) {
  say(isStoreError(error, 'full') ? 'full' : (error as StoreError).message, () => process.exit())
}
