import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareQuantities, parseQuantity, quantityMilliValue, quantityValue } from './quantity.ts'

test('amounts are read in thousandths, rounded up', () => {
  for (const [text, milli] of [
    ['1', 1000n],
    ['250m', 250n],
    ['0.5', 500n],
    ['2k', 2_000_000n],
    ['1Ki', 1_024_000n],
    ['1n', 1n],
    ['.5', 500n],
    ['1e3', 1_000_000n],
    ['-1', -1000n],
  ] as const) {
    assert.equal(parseQuantity(text), milli, text)
  }
  for (const text of ['', 'x', '1x', '1 Gi', 'Gi', '1..2', '--1', '1e999999']) assert.equal(parseQuantity(text), undefined, text)
})

test('amounts compare across their forms, and count as whole units', () => {
  assert.equal(compareQuantities('1', '1000m'), 0)
  assert.equal(compareQuantities('1Gi', '1G'), 1)
  assert.equal(compareQuantities('0', '-1'), 1)
  assert.equal(quantityValue('1.5Gi'), 1_610_612_736)
  assert.equal(quantityValue('100m'), 1)
  assert.equal(quantityMilliValue('1.5'), 1500)
})
