import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Nft } from '../kernel/index.ts'
import { type Logger, silent } from '../lib/index.ts'
import { prepareKernel, whenChangedByOthers } from './kernel-settings.ts'

test('looks become rare where others change nftables all the time, and frequent again', async () => {
  const answers = [false, true, true, true, true, true, true, true, false, true]
  const end = new AbortController()
  const pauses: number[] = []
  const clock = {
    now: () => 0,
    sleep: async (pause: number) => {
      pauses.push(pause / 1000)
      if (answers.length === 0) throw (end.abort(), end.signal.reason)
    },
  }
  const nft = { changedByOthers: async () => answers.shift()! } as Partial<Nft> as Nft
  let changes = 0
  await whenChangedByOthers(nft, { clock, log: silent }, end.signal, () => void changes++)
  assert.deepEqual(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 5, 10])
  assert.equal(changes, 8)
})

test('a kernel setting that cannot be written is told, and the others are written', () => {
  const written: string[] = []
  const told: object[] = []
  const log: Logger = { ...silent, warn: (fields) => void told.push(fields) }
  const setSysctl = (name: string): void => {
    if (name.includes('close_wait')) throw new Error('EROFS')
    written.push(name)
  }
  prepareKernel({ setSysctl }, log)
  assert.deepEqual(written, ['net.netfilter.nf_conntrack_tcp_timeout_established', 'net.ipv4.conf.all.route_localnet'])
  assert.deepEqual(told, [{ name: 'net.netfilter.nf_conntrack_tcp_timeout_close_wait', value: 3600, error: 'EROFS' }])
})
