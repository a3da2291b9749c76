import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { wrongSchedule } from './schedule.ts'

const RIGHT = ['* * * * *', '*/5 * * * ?', '0 0 1 jan sun', '0-30/2 9-17 * * mon-fri', '5/15 1,2,3 * * *', '@daily', '@every 1h30m', 'TZ=Europe/Berlin 0 0 * * *'] // prettier-ignore

const WRONG: readonly (readonly [string, string])[] = [
  ['', 'empty spec string'],
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['* * * * * *', 'expected exactly 5 fields, found 6: [* * * * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['* * * * 7', 'end of range (7) above maximum (6): 7'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['*/2/3 * * * *', 'too many slashes: */2/3'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
  ['-1 * * * *', 'failed to parse int from : strconv.Atoi: parsing "": invalid syntax'],
  ['@never', 'unrecognized descriptor: @never'],
  ['@every day', 'failed to parse duration @every day: time: invalid duration "day"'],
  ['TZ=Nowhere/Else 0 0 * * *', 'provided bad location Nowhere/Else: unknown time zone Nowhere/Else'],
]

describe('schedules of CronJobs', () => {
  for (const text of RIGHT) test(`${text} is right`, () => assert.equal(wrongSchedule(text), undefined))
  for (const [text, why] of WRONG) test(`${text}: ${why}`, () => assert.equal(wrongSchedule(text), why))
})
