import { describe, expect, it } from "vitest";
import { colourOf, decodeHeatMap, heatMapPixels, rangeOfCode, sampledIndex } from "./heatMap";

const encode = (bytes: number[]): string => btoa(String.fromCharCode(...bytes));
const map = (rows: number, columns: number, bytes: number[]) => ({
  rows,
  columns,
  data: encode(bytes),
  low: 0,
  high: 1,
});

describe("heat map", () => {
  it("runs from dark violet to yellow, with a colour off the scale for nan", () => {
    expect(colourOf(0)).toEqual([0x44, 0x01, 0x54]);
    expect(colourOf(254)).toEqual([0xfd, 0xe7, 0x25]);
    expect(colourOf(255)).toEqual([214, 39, 80]);
  });

  it("gets lighter all the way, so that it also reads without colour", () => {
    const light = Array.from({ length: 32 }, (_, i) => {
      const [r, g, b] = colourOf(i * 8);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    });
    expect(light.every((value, i) => i === 0 || value > (light[i - 1] ?? 0))).toBe(true);
  });

  it("decodes bytes row by row and paints a pixel for each", () => {
    const codes = decodeHeatMap(map(1, 3, [0, 254, 255]));
    expect(codes && [...codes]).toEqual([0, 254, 255]);
    expect([...heatMapPixels(codes!).slice(0, 4)]).toEqual([0x44, 0x01, 0x54, 255]);
  });

  it("refuses data that does not fit its size", () => {
    expect(decodeHeatMap(map(2, 2, [1, 2, 3]))).toBeNull();
    expect(decodeHeatMap({ ...map(1, 1, [1]), data: "***" })).toBeNull();
    expect(decodeHeatMap(map(0, 0, []))).toBeNull();
  });

  it("says which range a byte stands for", () => {
    expect(rangeOfCode(0, 0, 254)).toBe("0 … 0.5");
    expect(rangeOfCode(127, -1, 1)).toBe("-0.003937 … 0.003937");
    expect(rangeOfCode(254, 0, 254)).toBe("253.5 … 254");
    expect(rangeOfCode(255, 0, 1)).toBe("nan or inf");
    expect(rangeOfCode(0, 3, 3)).toBe("3");
  });

  it("knows which element a cell shows", () => {
    expect(sampledIndex(5, 10, 10)).toBe(5);
    expect([0, 1].map((cell) => sampledIndex(cell, 2, 100))).toEqual([25, 75]);
  });
});
