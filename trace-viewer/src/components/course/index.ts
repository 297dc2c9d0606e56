export { CourseView } from "./CourseView";
