import{a,b}from"./chunk-LL2UH4SW.js";import"./chunk-LKT6ORZI.js";import"./chunk-UAEQEHWX.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
