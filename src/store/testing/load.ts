/**
 * A process that writes to the store at `argv[2]` until it is killed or refused. Each write is of two keys, `/left/n` and
 * `/right/n`; each line of its output is the `n` of one that was acknowledged, or the code of the error that ended it.
 */
import { writeSync } from 'node:fs'
import { isStoreError } from '../errors.ts'
import type { StoreError } from '../errors.ts'
import { openSqliteStore } from '../open.ts'

const WRITERS = 16
const store = await openSqliteStore(process.argv[2] as string)
const text = Buffer.alloc(1000, 'x')
let next = store.count('/left/')

async function writer(): Promise<void> {
  for (;;) {
    const number = next++
    const value = (revision: number): Buffer => Buffer.concat([Buffer.from(`${number} at ${revision} `), text])
    await store.write([`/left/${number}`, `/right/${number}`].map((key) => ({ key, expected: 0, value })))
    writeSync(1, `${number}\n`)
  }
}

try {
  await Promise.all(Array.from({ length: WRITERS }, writer))
} catch (error) {
  writeSync(1, `${isStoreError(error, 'full') ? 'full' : (error as StoreError).message}\n`)
  process.exit()
}
