import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { StoreError } from './errors.ts'
import type { Log, Recovered, Row } from './log.ts'
import type { Answer, Message } from './sqlite-messages.ts'
import { openDatabase, storeErrorOf } from './sqlite-schema.ts'

/** Opens, or makes, the file. Rejects with a StoreError: `in-use`, `damaged`, `full`, `unavailable`. */
export async function openSqliteLog(path: string): Promise<Log> {
  let recovered: Recovered | undefined = readAll(path)
  const writer = new Writer(path)
  await writer.opened
  return {
    recover: () => {
      const handedOver = recovered
      recovered = undefined // what is superseded must not stay in memory
      return handedOver ?? { rows: [], compacted: 0 }
    },
    append: (rows) => writer.send(appendMessage(rows)),
    forget: (rows, compacted) => writer.send({ type: 'forget', rows, compacted }),
    close: () => writer.close(),
  }
}

function readAll(path: string): Recovered {
  const database = openDatabase(path)
  try {
    const found = database.prepare('SELECT row, revision, key, deleted, value FROM history ORDER BY row').all()
    const rows = found.map((columns) => rowOf(columns as unknown as Columns))
    const { compacted } = database.prepare('SELECT compacted FROM mark').get() as { compacted: number }
    return { rows, compacted }
  } catch (error) {
    throw storeErrorOf(error, path)
  } finally {
    database.close()
  }
}

type Columns = { row: number; revision: number; key: string; deleted: number; value: Uint8Array<ArrayBuffer> }

const rowOf = ({ row, revision, key, deleted, value }: Columns): Row => ({
  row,
  revision,
  key,
  deleted: deleted === 1,
  value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
})

function appendMessage(rows: readonly Row[]): Message {
  const bytes = new Uint8Array(rows.reduce((sum, { value }) => sum + value.length, 0))
  let offset = 0
  const heads = rows.map(({ row, revision, key, deleted, value }) => {
    bytes.set(value, offset)
    offset += value.length
    return { row, revision, key, deleted, length: value.length }
  })
  return { type: 'append', rows: heads, bytes }
}

/** The writing thread, seen from here: what is sent is answered in order. */
class Writer {
  readonly opened: Promise<void>
  readonly #worker: Worker
  #waiting: PromiseWithResolvers<void>[] = []
  #dead: StoreError | undefined

  constructor(path: string) {
    const file = new URL(`./sqlite-writer${extname(import.meta.url)}`, import.meta.url)
    this.#worker = new Worker(file, {
      workerData: { path },
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
    })
    this.#worker.on('message', (answer: Answer) => this.#answered(answer))
    this.#worker.on('error', (error) => this.#died(storeErrorOf(error, path)))
    this.#worker.on('exit', () => this.#died(new StoreError('unavailable', `the writer of ${path} has stopped`)))
    this.opened = this.#expect()
  }

  send(message: Message): Promise<void> {
    if (this.#dead) return Promise.reject(this.#dead)
    const answered = this.#expect()
    this.#worker.postMessage(message, message.type === 'append' ? [message.bytes.buffer] : [])
    return answered
  }

  async close(): Promise<void> {
    if (!this.#dead) await this.send({ type: 'close' })
    await this.#worker.terminate()
  }

  #expect(): Promise<void> {
    const waiting = Promise.withResolvers<void>()
    this.#waiting.push(waiting)
    return waiting.promise
  }

  #answered({ error }: Answer): void {
    const waiting = this.#waiting.shift()
    if (error) waiting?.reject(new StoreError(error.code, error.message))
    else waiting?.resolve()
  }

  #died(error: StoreError): void {
    this.#dead ??= error
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#dead)
  }
}
