/**
 * The worker thread that makes rows durable, so that nobody else waits for a disk. It does one thing after the other:
 * an answer is posted for each message, in order.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { Answer, Message } from './sqlite-messages.ts'
import { openDatabase, storeErrorOf } from './sqlite-schema.ts'

/** The log beside the file is folded into it after this long without a write, in milliseconds. */
const IDLE = 250
/** Or, when there is always a write, once so many bytes were appended. */
const LARGE = 64 * 1024 * 1024

const { path } = workerData as { path: string }
const port = parentPort as MessagePort
const database = openDatabase(path)
const insert = database.prepare('INSERT INTO history VALUES (?, ?, ?, ?, ?)')
const remove = database.prepare('DELETE FROM history WHERE row = ?')
const mark = database.prepare('UPDATE mark SET compacted = ?')
let unfolded = 0
let idle: NodeJS.Timeout | undefined

function transaction(body: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    body()
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function fold(): void {
  clearTimeout(idle)
  idle = undefined
  unfolded = 0
  database.exec('PRAGMA wal_checkpoint(PASSIVE)')
}

function handle(message: Message): void {
  if (message.type === 'close') {
    clearTimeout(idle)
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return database.close()
  }
  transaction(() => {
    if (message.type === 'forget') {
      for (const row of message.rows) remove.run(row)
      return void mark.run(message.compacted)
    }
    let offset = 0
    for (const { row, revision, key, deleted, length } of message.rows) {
      insert.run(row, revision, key, deleted ? 1 : 0, message.bytes.subarray(offset, offset + length))
      offset += length
    }
    unfolded += offset
  })
}

function afterwards(): void {
  try {
    if (unfolded > LARGE) fold()
    else if (idle) idle.refresh()
    else idle = setTimeout(afterwardsIdle, IDLE)
  } catch {
    // What isn't folded now is folded later; a disk that is really broken fails the next write.
  }
}

function afterwardsIdle(): void {
  try {
    fold()
  } catch {
    // As above.
  }
}

port.on('message', (message: Message) => {
  let answer: Answer = {}
  try {
    handle(message)
  } catch (error) {
    const { code, message: text } = storeErrorOf(error, path)
    answer = { error: { code, message: text } }
  }
  port.postMessage(answer)
  if (message.type === 'close') port.close()
  else afterwards()
})
port.postMessage({} satisfies Answer)
