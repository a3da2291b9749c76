import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { isStoreError } from './errors.ts'
import { openSqliteStore } from './open.ts'
import type { Store } from './store.ts'
import { temporaryFolder } from './testing/folder.ts'

const LOAD = new URL('./testing/load.ts', import.meta.url).pathname
const ROUNDS = 6
const fresh = (): string => join(temporaryFolder(), 'store.db')

/** Runs the load until it has acknowledged `writes` more, and kills it in the middle of the next ones. */
async function killedUnderLoad(path: string, writes: number): Promise<number[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', LOAD, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const acknowledged: number[] = []
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(Number(line))
    if (acknowledged.length === writes) child.kill('SIGKILL')
  }
  await exited
  return acknowledged
}

function mustBeWhole(store: Store, acknowledged: ReadonlySet<number>): void {
  for (const number of acknowledged) assert.ok(store.get(`/left/${number}`), `write ${number} was acknowledged, and is lost`)
  const side = (name: string): string[] =>
    store.list(`/${name}/`).map(({ key, revision }) => `${key.slice(name.length + 2)} ${revision}`)
  assert.deepEqual(side('left'), side('right'), 'a write is half there')
  for (const { value, revision } of store.list('/')) assert.match(value.toString(), new RegExp(`^\\d+ at ${revision} x{1000}$`))
}

test(`kill -9 under load, ${ROUNDS} times: what was acknowledged is there, nothing is half there, revisions grow [SVC-13]`, async () => {
  const path = fresh()
  const acknowledged = new Set<number>()
  let newest = 0
  for (let round = 1; round <= ROUNDS; round++) {
    for (const number of await killedUnderLoad(path, 100 * round)) acknowledged.add(number)
    const store = await openSqliteStore(path)
    mustBeWhole(store, acknowledged)
    assert.ok(store.revision > newest)
    newest = store.revision
    if (round % 2 === 0) await store.compact(store.revision)
    await store.close()
  }
})

test(
  'a full disk is said to be full, and what was written before is kept',
  { skip: process.getuid?.() !== 0 && 'needs root to mount a small disk' },
  async () => {
    const folder = temporaryFolder()
    // Within a mount namespace of its own, so that the small disk goes with the process.
    const script = 'mount -t tmpfs -o size=2m none "$1" && "$2" --disable-warning=ExperimentalWarning "$3" "$1/store.db"'
    const child = spawn('unshare', ['-m', 'sh', '-c', script, 'sh', folder, process.execPath, LOAD], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = await Array.fromAsync(createInterface(child.stdout))
    assert.equal(lines.at(-1), 'full')
    assert.ok(lines.length > 100)
  },
)

test('a file with a damaged page is refused, and says what to do', async () => {
  const path = fresh()
  const store = await openSqliteStore(path)
  for (let number = 0; number < 200; number++)
    await store.write([{ key: `/${number}`, expected: 0, value: () => Buffer.alloc(2000, 'x') }])
  await store.close()
  const file = openSync(path, 'r+')
  for (let at = 8192; at < statSync(path).size; at += 4096) writeSync(file, Buffer.alloc(64, 0xff), 0, 64, at)
  closeSync(file)
  await assert.rejects(
    openSqliteStore(path),
    (error) => isStoreError(error, 'damaged') && error.message.includes('restore it from a copy'),
  )
})
