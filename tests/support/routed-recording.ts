import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { parseRecording, type Recording, recordingToJson } from "../../src/runs/recording.ts";
import { type MadeRoutes, withRoutes } from "./routed-record.ts";

/** The page's recorded run. */
export function ownRecording(): Recording {
  const file = new URL("../../public/recordings/default.json", import.meta.url);
  return parseRecording(readFileSync(file, "utf8"));
}

/** The same, as if its policy had a mixture. */
export function routedRecording(made: MadeRoutes): Recording {
  const recording = ownRecording();
  const records = recording.records.map((record) => withRoutes(record, made));
  const reports = recording.reports.map((report) => {
    const metrics = records.find(
      ({ step, arm }) => step === report.step && arm === report.arm,
    )?.metrics;
    return metrics === undefined ? report : { ...report, metrics };
  });
  return { ...recording, records, reports };
}

/** Gives the page that recording in place of its own; for `before`. */
export const servesRecording =
  (recording: Recording) =>
  async (page: Page): Promise<void> => {
    await page.route(/\/recordings\/default\.json$/, (route) =>
      route.fulfill({ contentType: "application/json", body: recordingToJson(recording) }),
    );
  };
