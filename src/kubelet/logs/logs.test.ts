import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type LogOptions, readLog } from './read.ts'
import { timeOf } from './times.ts'

let folder: string
let file: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-logs-'))
  file = join(folder, '0.log')
})
after(() => rm(folder, { recursive: true }))

const OVER = AbortSignal.abort()
const NEVER = new AbortController().signal
const PLAIN: LogOptions = { follow: false, timestamps: false }

/** Four lines: the first two were written by second 1, the others by second 2. */
async function write(): Promise<void> {
  await writeFile(file, 'one\ntwo\nthree\nfour\n')
  await writeFile(join(folder, '0.times'), '8 1000\n19 2000\n')
}

async function read(options: Partial<LogOptions>): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of readLog({ file, ended: OVER, now: () => 9000 }, { ...PLAIN, ...options }, NEVER)) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

const cases: readonly [title: string, options: Partial<LogOptions>, text: string][] = [
  ['whole', {}, 'one\ntwo\nthree\nfour\n'],
  ['the last lines', { tailLines: 2 }, 'three\nfour\n'],
  ['no line', { tailLines: 0 }, ''],
  ['more lines than there are', { tailLines: 9 }, 'one\ntwo\nthree\nfour\n'],
  ['since a time', { since: 1500 }, 'three\nfour\n'],
  ['some bytes', { limitBytes: 5 }, 'one\nt'],
  [
    'with times',
    { tailLines: 3, timestamps: true },
    '1970-01-01T00:00:01.000000000Z two\n1970-01-01T00:00:02.000000000Z three\n1970-01-01T00:00:02.000000000Z four\n',
  ],
]
for (const [title, options, text] of cases)
  test(`a log is read ${title} [POD-5]`, async () => {
    await write()
    assert.equal(await read(options), text)
  })

test('who follows a log reads what comes, until the container has ended [POD-5]', async () => {
  await write()
  const ended = new AbortController()
  const pieces = readLog({ file, ended: ended.signal, now: () => 9000 }, { ...PLAIN, follow: true, tailLines: 1 }, NEVER)
  assert.equal(String((await pieces.next()).value), 'four\n')
  const next = pieces.next()
  await appendFile(file, 'five\n')
  assert.equal(String((await next).value), 'five\n')
  const last = pieces.next()
  ended.abort()
  assert.equal((await last).done, true)
})

test('what was written after the last mark was written now [POD-5]', () => {
  const marks = [
    { offset: 8, at: 1000 },
    { offset: 19, at: 2000 },
  ]
  assert.deepEqual(
    [0, 7, 8, 18, 19].map((offset) => timeOf(marks, offset, 9000)),
    [1000, 1000, 2000, 2000, 9000],
  )
})
