import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HintNews } from './hint-news.ts'

const FEW = 'Insufficient number of endpoints (1 endpoints, 2 zones)'

test('it is said when endpoints begin and cease to be divided among zones, and why they are not, each once [EPS-6]', () => {
  const news = new HintNews()
  const told = (undivided: string | undefined | null): string =>
    news
      .tell('default/web', new Map(undivided === null ? [] : [['IPv4', undivided]]))
      .map(({ type, message }) => `${type} ${message}`)
      .join()
  assert.equal(told(null), '')
  assert.equal(told(FEW), `Warning ${FEW}, addressType: IPv4`)
  assert.equal(told(FEW), '')
  assert.equal(told(undefined), 'Normal Topology Aware Hints has been enabled, addressType: IPv4')
  assert.equal(told(undefined), '')
  assert.equal(told(FEW), `Warning ${FEW}, addressType: IPv4`)
  assert.equal(told(undefined), 'Normal Topology Aware Hints has been enabled, addressType: IPv4')
  assert.equal(told(null), 'Warning Topology Aware Hints has been disabled')
  assert.equal(told(null), '')
})
