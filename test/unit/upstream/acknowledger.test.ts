import { expect, test } from "vitest";
import { Acknowledger, type Place } from "../../../src/upstream/acknowledger.ts";

const at = (offset: number, file = "binlog.000007"): Place => ({ file, offset });

/** An acknowledger whose connection takes what it is told, while `works`. */
function scene(start: Place | null = null) {
  const told: string[] = [];
  const line = { works: true };
  const acknowledger = new Acknowledger(start);
  const send = (payload: Buffer): boolean => {
    if (line.works) told.push(`${payload.toString("utf8", 9)}:${payload.readBigUInt64LE(1)}`);
    return line.works;
  };
  const ask = (...offsets: readonly number[]): void => {
    for (const offset of offsets) {
      acknowledger.asked();
      acknowledger.reached(at(offset));
    }
  };
  return { acknowledger, told, line, send, ask };
}

test("G4, R24: one acknowledgement, of the last place that the checkpoint covers, answers all before it", () => {
  const { acknowledger, told, send, ask } = scene();
  acknowledger.begun(true, send);
  ask(100, 200, 300, 400);
  acknowledger.durable(at(300));
  expect(told).toEqual(["binlog.000007:300"]);
  expect(acknowledger.state).toEqual({ source: "on", acknowledged: 1, waiting: 1 });
  acknowledger.durable(at(399));
  expect(told).toHaveLength(1);
  acknowledger.durable(at(4, "binlog.000008"));
  expect(told).toEqual(["binlog.000007:300", "binlog.000007:400"]);
});

test("G5: a place that no event has asked for is not acknowledged", () => {
  const { acknowledger, told, send } = scene();
  acknowledger.begun(true, send);
  acknowledger.reached(at(100));
  acknowledger.durable(at(100));
  expect(told).toEqual([]);
});

test("G6: a place beyond 4 GiB has 64 bits", () => {
  const { acknowledger, told, send, ask } = scene();
  acknowledger.begun(true, send);
  ask(2 ** 32 + 17);
  acknowledger.durable(at(2 ** 32 + 17));
  expect(told).toEqual(["binlog.000007:4294967313"]);
});

test("R24: what can't be sent is owed, and goes with the next", () => {
  const { acknowledger, told, line, send, ask } = scene();
  acknowledger.begun(true, send);
  ask(100);
  line.works = false;
  acknowledger.durable(at(100));
  expect(acknowledger.state).toMatchObject({ acknowledged: 0, waiting: 1 });
  line.works = true;
  ask(200);
  expect(told).toEqual(["binlog.000007:100"]);
  acknowledger.durable(at(200));
  expect(told).toEqual(["binlog.000007:100", "binlog.000007:200"]);
  expect(acknowledger.state.waiting).toBe(0);
});

test("R24: a new connection hears once more what is durable, and of no place that isn't", () => {
  const { acknowledger, told, send, ask } = scene(at(50));
  acknowledger.begun(true, send);
  expect(told).toEqual(["binlog.000007:50"]);
  ask(100, 200);
  acknowledger.durable(at(100));
  acknowledger.ended();
  acknowledger.begun(true, send);
  expect(told).toEqual(["binlog.000007:50", "binlog.000007:100", "binlog.000007:100"]);
  acknowledger.durable(at(200));
  expect(told.at(-1)).toBe("binlog.000007:200");
});

test("G5: a source that has it off is told nothing until it asks", () => {
  const { acknowledger, told, send, ask } = scene(at(50));
  acknowledger.begun(false, send);
  acknowledger.durable(at(100));
  expect(told).toEqual([]);
  expect(acknowledger.state.source).toBe("off");
  ask(200);
  expect(acknowledger.state.source).toBe("on");
  acknowledger.durable(at(200));
  expect(told).toEqual(["binlog.000007:200"]);
});

test("a place that is durable when it is asked for is acknowledged at once", () => {
  const { acknowledger, told, send, ask } = scene();
  acknowledger.begun(true, send);
  acknowledger.durable(at(500));
  ask(500);
  expect(told).toEqual(["binlog.000007:500"]);
});

test("a checkpoint is awaited when it would cover a place that is asked for on a connection that there is", () => {
  const { acknowledger, send, ask } = scene();
  expect(acknowledger.isAwaited(at(1000))).toBe(false);
  acknowledger.begun(true, send);
  ask(100);
  expect(acknowledger.isAwaited(at(99))).toBe(false);
  expect(acknowledger.isAwaited(at(100))).toBe(true);
  acknowledger.ended();
  expect(acknowledger.isAwaited(at(100))).toBe(false);
});

test("places that nobody can answer for take bounded memory: the newest stand for those before", () => {
  const { acknowledger, told, send, ask } = scene();
  acknowledger.begun(true, send);
  ask(...Array.from({ length: 5000 }, (_, index) => 100 + index));
  expect(acknowledger.state.waiting).toBe(1000);
  acknowledger.durable(at(5099));
  expect(told).toEqual(["binlog.000007:5099"]);
  expect(acknowledger.state.waiting).toBe(0);
});
